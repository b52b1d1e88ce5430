// The page is complete without this: it only adds a search.
(() => {
  const box = document.getElementById("search");
  const input = box.querySelector("input");
  const output = box.querySelector("output");
  const articles = [...document.querySelectorAll("article")].map(a => [a, a.textContent.toLowerCase()]);
  if (articles.length === 0) return;
  box.hidden = false;
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(w => w);
    let n = 0;
    for (const [article, text] of articles) {
      article.hidden = !words.every(w => text.includes(w));
      if (!article.hidden) n++;
    }
    for (const group of document.querySelectorAll(".package, .rule")) {
      group.hidden = !group.querySelector("article:not([hidden])");
    }
    output.textContent = words.length ? `${n} of ${articles.length}` : "";
  });
})();
