INSERT OR IGNORE INTO customers (id, name, credit_cents, blocked) VALUES
    (1, 'Ada',   5000, 0),
    (2, 'Basil',    0, 1);

INSERT OR IGNORE INTO products (sku, name, price_cents, stock) VALUES
    ('mug',    'Mug',            900, 40),
    ('teapot', 'Teapot',        3900,  5),
    ('whisk',  'Bamboo whisk',  1500,  0);

INSERT OR IGNORE INTO coupons (code, percent_off, expires_at) VALUES
    ('SPRING', 10, 4102444800),
    ('OLDIE',  20,  978307200);

INSERT OR IGNORE INTO orders (id, customer_id, status, total_cents, placed_at) VALUES
    (1, 1, 'placed',  1800, 4102444800),
    (2, 1, 'shipped', 3900, 1704067200),
    (3, 1, 'paid',     900, 1704067200);

INSERT OR IGNORE INTO order_lines (order_id, sku, quantity) VALUES
    (1, 'mug',    2),
    (2, 'teapot', 1),
    (3, 'mug',    1);

INSERT OR IGNORE INTO payments (order_id, amount_cents) VALUES
    (2, 3900),
    (3,  900);

INSERT OR IGNORE INTO warehouses (code, name) VALUES
    ('north', 'North hall');

INSERT OR IGNORE INTO reviews (id, sku, customer_id, stars, text, approved) VALUES
    (1, 'mug',    1, 5, 'Holds tea.',         1),
    (2, 'mug',    2, 4, 'Holds coffee, too.', 1),
    (3, 'mug',    1, 3, 'Holds pencils now.', 1),
    (4, 'teapot', 1, 5, 'Pours.',             0);
