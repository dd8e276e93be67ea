"""Put a planned page into words: dates, typography, badges, rows, and the words of each language. Pure.

In: a page plan and a language. Out: texts for the templates.
"""
