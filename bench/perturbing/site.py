"""What stands around an article on a web site: menus, boxes, footers, and whole pages. All prose
here was written for this purpose."""

import html

MENU = [
    "Home | News | Sport | Business | Culture | Weather",
    "Skip to content",
    "Search this site",
    "Subscribe Log in",
    "Listen to this article",
    "Share on Facebook Share on Twitter Send by e-mail Print this page",
    "Advertisement",
    "Published by the web desk",
]
BOXES = [
    "Related stories",
    "Five gardens to visit before the end of summer",
    "Why your kettle takes longer to boil than it used to",
    "Quiz: how well do you know the rivers of the north?",
    "Most read this week",
    "The baker who closes his shop when the sun is out",
    "Sign up for our morning letter and never miss a story",
    "Enter your e-mail address to receive the day's news in your inbox every morning",
    "Gallery: the harbour festival in thirty pictures",
    "Recommended for you",
    "A night train comes back, and half of the town comes to see it",
    "Leave a comment",
    "Your e-mail address will not be published. Required fields are marked with a star.",
    "This site uses cookies so that we can show you what you want to read.",
]
FOOTER = [
    "About us | Contact | Careers | Advertise with us | Privacy policy | Terms of use",
    "All rights reserved. No part of this site may be reproduced without permission.",
    "Follow us on every channel and download our app for your phone",
    "Back to top",
]
TAGS = [
    "read more", "advertisement", "click here", "follow us", "copyright web desk", "see also",
    "watch live", "subscribe now", "exclusive", "continue reading",
]
HEADLINES = [
    "What we know so far, and what happens next",
    "Here is what you need to read this morning",
    "The latest, in brief, from our news desk",
    "Questions remain as a long week draws to an end",
    "Everyone is talking about this story today",
    "A development that few had seen coming",
    "Story of the day: the facts behind the headlines",
    "Update: the picture becomes clearer",
]
LEADS = [
    "It was the talk of the morning in cafes and on trains alike, and by noon nobody could say any "
    "longer that they had not heard of it. Our news desk has gathered what is known, what is still "
    "open, and why it matters to readers far beyond the places concerned.",
    "Readers of this page will remember that we have followed the matter for some time. Today "
    "brings the next chapter, and although much of it had been expected, the details are worth a "
    "closer look before anyone draws conclusions.",
    "Not many will be surprised, some will be relieved, and a few will be far from happy. That is "
    "how the day began for those who are closest to the events that we describe below, and it is "
    "unlikely to be the end of the matter.",
    "After days of waiting there is news at last. We have put together the essential points for "
    "those who have little time, and the background for those who want to understand how things "
    "came to this.",
]


def sample(rng, items, count):
    """count of the items, in their order."""
    return [items[i] for i in sorted(rng.sample(range(len(items)), min(count, len(items))))]


def wrap_text(body, rng):
    """The text as a careless extractor gives it: with what stood around it."""
    before = sample(rng, MENU, 3 + rng.randrange(4))
    after = sample(rng, BOXES, 6 + rng.randrange(6)) + sample(rng, FOOTER, 3)
    return "\n\n".join(before + [body] + after)


def wrap_html(title, paragraphs, rng):
    """A page with the article in it."""
    menu = "".join("<li><a href='/s/%d'>%s</a></li>" % (i, html.escape(m))
                   for i, m in enumerate(sample(rng, MENU, 6)))
    boxes = "".join("<div class='teaser'><a href='/a/%d'>%s</a></div>" % (i, html.escape(b))
                    for i, b in enumerate(sample(rng, BOXES, 10)))
    text = "\n".join("<p>%s</p>" % html.escape(p) for p in paragraphs)
    footer = "".join("<p>%s</p>" % html.escape(p) for p in FOOTER)
    return (
        "<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'><title>%s</title>"
        "<script>var page = {ads: true, id: %d};</script><style>p { margin: 1em }</style></head>\n"
        "<body><header><nav><ul>%s</ul></nav></header>\n<main><article><h1>%s</h1>\n%s\n"
        "</article></main>\n<aside>%s</aside><footer>%s</footer></body></html>\n"
        % (html.escape(title), rng.randrange(10**6), menu, html.escape(title), text, boxes, footer)
    )
