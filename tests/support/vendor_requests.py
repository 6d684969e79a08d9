"""Requests of the vendor's samples, as the samples send them.

source: github.com/cartesia-ai/cartesia-aws at f24abdd (2026-07-19), files named below each; keys, values, tags and ids
are theirs, the sentences are not.
"""

SONIC_3_NOTEBOOK = b"""{"context_id": "0",
 "transcript": "\\nA sentence,\\n<speed ratio=\\"1.5\\"/><emotion value=\\"calm\\" /><volume ratio=\\"4.0\\"/>",
 "language": "en",
 "output_format": {"container": "raw", "sample_rate": 44100, "encoding": "pcm"},
 "voice": {"mode": "id", "id": "bf0a246a-8642-498a-9950-80c35e9276b5"},
 "add_timestamps": true, "add_phoneme_timestamps": true}"""
"""sonic-3-jumpstart/Sonic-3-Jumpstart.ipynb"""

SONIC_3_5_NOTEBOOK = SONIC_3_NOTEBOOK.replace(b'"pcm"', b'"pcm_s16le"')
"""sonic-3-5-jumpstart/Sonic-3-5-Jumpstart.ipynb"""

SONIC_3_5_PRONUNCIATION = b"""{
    "context_id": "my-request-001",
    "transcript": "The Sonic model has an API.",
    "language": "en",
    "voice": { "mode": "id", "id": "bf0a246a-8642-498a-9950-80c35e9276b5" },
    "output_format": { "container": "raw", "sample_rate": 44100, "encoding": "pcm_f32le" },
    "pronunciation_map": {
        "Cartesia": "Car-TEE-zhuh",
        "Sonic": "SAH-nik",
        "API": "A-P-I"
    }
}"""
"""sonic-3-5-jumpstart/README.md, section "Pronunciation Dictionary"."""

README_SAMPLE = b"""{
    "context_id": "0",
    "transcript": "Listen well: <speed ratio='1.5'/> it is below, and <volume ratio='0.5'/>do not touch it!",
    "language": "en",
    "output_format": {
        "container": "raw",
        "sample_rate": 44100,
        "encoding": "pcm_s16le"
    }
    "voice_id": {
        "mode": "id",
        "id": "bf0a246a-8642-498a-9950-80c35e9276b5"
    },
}"""
"""sonic-3-5-jumpstart/README.md, "Data Sample": not JSON as printed, and `voice` under another name."""
