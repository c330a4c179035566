"""Articles become a corpus: cleaned in worker processes, judged by rules, freed of duplicates."""
