"""The voice client: asks a SageMaker endpoint for speech and reads its stream right.

`toolkit.voice.client.VoiceClient` is the door; `toolkit.voice.errors` is everything it raises.
"""
