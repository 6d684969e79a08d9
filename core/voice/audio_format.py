"""Raw audio without a header: what its bytes mean."""

from dataclasses import dataclass

from catalog.speech import ENCODINGS

__all__ = ["AudioFormat"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFormat:
    """Raw audio: what its bytes mean."""

    encoding: str
    sample_rate: int
    """Hz."""

    @property
    def bytes_per_sample(self) -> int:
        """Bytes of one sample. There is one channel."""
        return ENCODINGS.get(self.encoding, 2)  # `pcm` of Sonic 3 is 16 bit
