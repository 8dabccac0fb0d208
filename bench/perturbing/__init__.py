"""The kinds of copying that bench/perturb.py makes: words (what may replace what), site (what
stands around an article), kinds (the table of all kinds)."""
