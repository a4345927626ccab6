"""`kiosk walk`: an item from first touch to rating, over HTTP, by someone who knows only what the pages show.

sheet.py     what a person knows: the answers to give       walker.py   reads a page, decides, touches
papers.py    the paper, decoded without the agent's code    verdict.py  what became of it, by ledger and paper
journey.py   one walk in an own demo, cable pulled or not
"""
