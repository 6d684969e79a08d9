"""The smallest voice agent: speaks until it has spoken or the listener interrupts. The guide shows it."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from core.voice.events import Chunk
from core.voice.sagemaker_request import resolve_speech_request
from toolkit.voice.aio import AsyncVoiceClient
from toolkit.voice.routes.sagemaker.aio import AsyncSageMakerRoute


async def answer(
    route: AsyncSageMakerRoute, args: Mapping[str, Any], play: Callable[[bytes], None], interrupted: asyncio.Event
) -> None:
    async with AsyncVoiceClient(route) as client, client.stream(resolve_speech_request(args)) as speech:
        async for event in speech:
            if interrupted.is_set():
                break  # leaving the block closes the connection at once; so do speech.cancel() and a cancelled task
            if isinstance(event, Chunk):
                play(event.audio)
