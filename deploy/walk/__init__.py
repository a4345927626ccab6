"""`kiosk walk`: an item from first touch to rating, over HTTP, by someone who knows only what the pages show.

errands.py   who can do which item, and brings what   walker.py    reads a page, decides, touches
sheet.py     what that person would answer            hands.py     card, camera, phone, bank card
papers.py    paper, decoded without the agent's code  evidence.py  what the verdict goes by
proofs.py    ledger and paper against the pages       verdict.py   what became of it
journey.py   one walk in a demo, cable pulled or not
"""
