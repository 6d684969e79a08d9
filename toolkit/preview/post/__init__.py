"""Posts a report to a forge: one comment that is kept up to date, a label, and a check with annotations."""
