"""Routes to voice models: one folder each, named in `toolkit/voice/routes/table.py`."""
