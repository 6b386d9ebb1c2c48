"""Who may see what, and who looked: agreements, views, accounts, purposes, audit.

Guarantees: a view holds only what the agreements in effect let in, with every value masked as they
say; and nothing about a person is shown before the look is on record.
"""
