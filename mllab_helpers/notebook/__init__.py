"""What a cell shows beside AWS's answers: headline, self-checks, source, parts."""
