"""What is printed or carried away: PDF and PNG set by typst, spreadsheets as XLSX and CSV. Knows nothing of the pages."""
