"""The SQLite file: tables, journal, bars and migrations."""
