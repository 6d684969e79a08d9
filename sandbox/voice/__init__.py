"""A voice server on loopback that speaks the SageMaker runtime's streaming protocol; a stand-in, not AWS.

`VoiceServer` runs it inside a test, `python -m sandbox.voice` as a program.
"""
