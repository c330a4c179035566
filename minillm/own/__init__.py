"""Articles out of files of one's own: plain text, Markdown, JSON Lines, CSV and Parquet."""
