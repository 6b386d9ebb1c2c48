"""A synthetic Virginia: a seeded world, the lives in it, and what each agency's files say of them.

Nobody in it exists. The product sees only the files; the truth is written apart from them.
"""
