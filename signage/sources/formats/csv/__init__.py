"""Spreadsheets as CSV: the cells, the columns, and the rows as records. Pure."""
