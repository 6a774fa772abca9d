"""The store: facts, tables, lineage and bars in one SQLite file. Importing this is light; opening is not."""
