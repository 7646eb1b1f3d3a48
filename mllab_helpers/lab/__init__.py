"""`Lab`, and what it stands on: which AWS, whose names, what was created and what was finished."""
