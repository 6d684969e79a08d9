"""Speech on plain data: requests, streams of events and audio."""
