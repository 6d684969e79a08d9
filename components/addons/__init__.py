"""What a cluster needs beside the voice stack: the section `addons` of a stack file."""
