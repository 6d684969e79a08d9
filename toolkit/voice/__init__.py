"""The voice client: asks for speech over a route and reads the stream right.

`toolkit.voice.client.VoiceClient` is the door, `toolkit.voice.route` what a route is, and `toolkit.voice.errors`
everything that is raised.
"""
