"""The tables of the sample shop, and the indexes their readers want."""

TABLES = """
CREATE TABLE regions (
    region_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    country TEXT NOT NULL
);
CREATE TABLE categories (
    category_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    parent_id INTEGER REFERENCES categories (category_id)
);
CREATE TABLE customers (
    customer_id INTEGER PRIMARY KEY,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    email TEXT NOT NULL UNIQUE,
    phone TEXT,
    birth_year INTEGER,
    segment TEXT NOT NULL CHECK (segment IN ('consumer', 'business', 'education')),
    city TEXT NOT NULL,
    region_id INTEGER NOT NULL REFERENCES regions (region_id),
    newsletter INTEGER NOT NULL CHECK (newsletter IN (0, 1)),
    signed_up_on DATE NOT NULL
);
CREATE TABLE products (
    product_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    brand TEXT NOT NULL,
    category_id INTEGER NOT NULL REFERENCES categories (category_id),
    price REAL NOT NULL,
    cost REAL NOT NULL,
    weight_kg REAL,
    introduced_on DATE NOT NULL,
    discontinued_on DATE
);
CREATE TABLE orders (
    order_id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (customer_id),
    ordered_at DATETIME NOT NULL,
    status TEXT NOT NULL
        CHECK (status IN ('processing', 'shipped', 'delivered', 'returned', 'cancelled')),
    channel TEXT NOT NULL CHECK (channel IN ('web', 'app', 'store', 'phone')),
    payment_method TEXT,
    discount_percent INTEGER NOT NULL,
    shipping_fee REAL NOT NULL,
    total REAL NOT NULL,
    shipped_on DATE,
    delivered_on DATE
);
CREATE TABLE order_items (
    order_item_id INTEGER PRIMARY KEY,
    order_id INTEGER NOT NULL REFERENCES orders (order_id),
    product_id INTEGER NOT NULL REFERENCES products (product_id),
    quantity INTEGER NOT NULL,
    unit_price REAL NOT NULL,
    amount REAL NOT NULL
);
CREATE TABLE reviews (
    review_id INTEGER PRIMARY KEY,
    product_id INTEGER NOT NULL REFERENCES products (product_id),
    customer_id INTEGER NOT NULL REFERENCES customers (customer_id),
    order_id INTEGER NOT NULL REFERENCES orders (order_id),
    rating INTEGER NOT NULL CHECK (rating BETWEEN 1 AND 5),
    title TEXT NOT NULL,
    body TEXT,
    helpful_votes INTEGER NOT NULL,
    written_on DATE NOT NULL
);
"""

# Made after the rows: filling an index row by row costs more than sorting once.
INDEXES = """
CREATE INDEX categories_parent ON categories (parent_id);
CREATE INDEX customers_region ON customers (region_id);
CREATE INDEX customers_signed_up ON customers (signed_up_on);
CREATE INDEX products_category ON products (category_id);
CREATE INDEX orders_customer ON orders (customer_id);
CREATE INDEX orders_ordered ON orders (ordered_at);
CREATE INDEX order_items_order ON order_items (order_id);
CREATE INDEX order_items_product ON order_items (product_id);
CREATE INDEX reviews_product ON reviews (product_id);
CREATE INDEX reviews_customer ON reviews (customer_id);
CREATE INDEX reviews_order ON reviews (order_id);
CREATE INDEX reviews_written ON reviews (written_on);
"""
