"""Local control planes: who has which, their life, their files and their programs."""
