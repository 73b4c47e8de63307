"""Back-test: what a policy would have done to the lines of a tape, replayed on the whole ladder and told in
money.
"""
