"""Weather reports as texts, read by metar-taf-parser-mivek."""
