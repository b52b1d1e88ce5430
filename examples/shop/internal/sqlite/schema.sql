CREATE TABLE IF NOT EXISTS customers (
    id           INTEGER PRIMARY KEY,
    name         TEXT    NOT NULL,
    credit_cents INTEGER NOT NULL DEFAULT 0,
    blocked      INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE IF NOT EXISTS subscriptions (
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    topic       TEXT    NOT NULL,
    PRIMARY KEY (customer_id, topic)
);

CREATE TABLE IF NOT EXISTS products (
    sku         TEXT PRIMARY KEY,
    name        TEXT    NOT NULL,
    price_cents INTEGER NOT NULL,
    stock       INTEGER NOT NULL CHECK (stock >= 0)
);

CREATE TABLE IF NOT EXISTS coupons (
    code        TEXT PRIMARY KEY,
    percent_off INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS orders (
    id          INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    status      TEXT    NOT NULL,
    total_cents INTEGER NOT NULL,
    placed_at   INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS order_lines (
    order_id INTEGER NOT NULL REFERENCES orders (id),
    sku      TEXT    NOT NULL REFERENCES products (sku),
    quantity INTEGER NOT NULL,
    PRIMARY KEY (order_id, sku)
);

CREATE TABLE IF NOT EXISTS payments (
    order_id       INTEGER PRIMARY KEY REFERENCES orders (id),
    amount_cents   INTEGER NOT NULL,
    refunded_cents INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE IF NOT EXISTS returns (
    order_id INTEGER NOT NULL REFERENCES orders (id),
    sku      TEXT    NOT NULL REFERENCES products (sku),
    quantity INTEGER NOT NULL,
    PRIMARY KEY (order_id, sku)
);

CREATE TABLE IF NOT EXISTS warehouses (
    code TEXT PRIMARY KEY,
    name TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS stocktakes (
    id        INTEGER PRIMARY KEY,
    warehouse TEXT NOT NULL REFERENCES warehouses (code)
);

CREATE TABLE IF NOT EXISTS stocktake_counts (
    stocktake_id INTEGER NOT NULL REFERENCES stocktakes (id),
    sku          TEXT    NOT NULL,
    quantity     INTEGER NOT NULL,
    PRIMARY KEY (stocktake_id, sku)
);

CREATE TABLE IF NOT EXISTS reviews (
    id          INTEGER PRIMARY KEY,
    sku         TEXT    NOT NULL REFERENCES products (sku),
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    stars       INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
    text        TEXT    NOT NULL,
    approved    INTEGER NOT NULL DEFAULT 0
);
