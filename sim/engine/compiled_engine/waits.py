"""What a step of a family of mechanics answers that is not done yet."""

WAITS = -1
