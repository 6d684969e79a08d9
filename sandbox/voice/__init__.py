"""A voice server on loopback that speaks the SageMaker runtime's streaming protocol; a stand-in, not AWS.

`sandbox.voice.server.VoiceServer` runs it inside a test, `python -m sandbox.voice` as a program, and
`sandbox.voice.control.VoiceControl` sets up its endpoints and faults.
"""
