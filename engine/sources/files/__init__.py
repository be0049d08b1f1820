"""Files as tables: each CSV and JSON file is read once into a Parquet file for queries."""
