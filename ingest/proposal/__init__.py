"""From a sample file to a contract that a data steward completes.

Guarantees: what is proposed loads, and accepts the sample; a proposal holds counts and shares, and
values only of columns that look like codes.
"""
