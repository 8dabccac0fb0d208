# scan: a verdict for each article, the stories, the summary; a second run prints it all again.
$ cp articles.jsonl news.jsonl
$ dupd scan news.jsonl > first; echo "exit $?"
| exit 0
$ dupd scan news.jsonl > second; cmp first second
! dupd: news.jsonl.dupd: verdicts that an earlier run gave, with its options: 30; a new --store decides them anew
$ head -3 first
| unique         wire-4101 (wire.example)
| identical      post-2207 (harbour-post.example) <- wire-4101 (wire.example)
| republished    lantern-880 (daily-lantern.example) <- wire-4101 (wire.example)
$ sed -n '/^$/,$p' first
|
| story 1: 4 articles of 4 outlets
|   origin   wire.example, 3 March 2026, 09:40 UTC: wire-4101 "Port Calder closes harbour bridge after inspectors find cracked bea..."
|   copy     harbour-post.example, 3 March 2026, 11:15 UTC: post-2207 "Harbour bridge shut after cracks found in bearings"
|   copy     daily-lantern.example, 3 March 2026, 14:02 UTC: lantern-880 "Cracked bearings shut Port Calder bridge; single lane may open in A..."
|   copy     eastgate-times.example, 4 March 2026, 06:30 UTC: eastgate-5127 "What the closure of Calder bridge means for commuters from Eastgate"
|
| story 6: 2 articles of 2 outlets
|   origin   wire.example, 14 July 2026, 08:05 UTC: wire-4188 "Water rationing ordered as Lake Verrin falls to lowest level on record"
|   copy     verrin-valley-news.example, 14 July 2026, 10:44 UTC: valley-77 "Water rationing begins on Thursday as Lake Verrin hits record low"
|
| story 15: 2 articles of 2 outlets
|   origin   wire.example, 9 August 2026, 16:20 UTC: wire-4302 "Wildfire near Osk forces 8,000 from their homes"
|   copy     verrin-valley-news.example, 9 August 2026, 18:00 UTC: valley-96 "Thousands flee as fire jumps motorway near Osk"
|
| 30 articles, 5 of them copies (17 %); 3 stories of two articles and more
|              1  identical
|              4  republished
|              0  rewritten
|              0  excerpt
|              0  update
|              5  shared_quotes
|             20  unique
|
| Copied from most
|              5  wire.example
|
| Copying most
|              2  verrin-valley-news.example
|              1  daily-lantern.example
|              1  eastgate-times.example
|              1  harbour-post.example
|
| Store: news.jsonl.dupd (kept: a second run continues; remove it to begin afresh)
$ dupd scan --json news.jsonl | tail -1
| {"store":"news.jsonl.dupd","articles":30,"problems":0,"copies":5,"late_copies":0,"stories":3,"verdicts":{"identical":1,"republished":4,"rewritten":0,"excerpt":0,"update":0,"shared_quotes":5,"unique":20},"top_origins":[{"source":"wire.example","copies":5}],"top_copiers":[{"source":"verrin-valley-news.example","copies":2},{"source":"daily-lantern.example","copies":1},{"source":"eastgate-times.example","copies":1},{"source":"harbour-post.example","copies":1}]}
! dupd: news.jsonl.dupd: verdicts that an earlier run gave, with its options: 30; a new --store decides them anew
$ dupd scan --json --threads=1 news.jsonl | sha256sum > a; dupd scan --json --threads=7 news.jsonl | sha256sum > b; cmp a b
! dupd: news.jsonl.dupd: verdicts that an earlier run gave, with its options: 30; a new --store decides them anew
! dupd: news.jsonl.dupd: verdicts that an earlier run gave, with its options: 30; a new --store decides them anew

# Interrupted after ten articles, the second run prints what an uninterrupted one does.
$ head -10 news.jsonl > part.jsonl && dupd scan --store part.dupd --quiet part.jsonl > /dev/null
$ dupd scan --store part.dupd news.jsonl | sed 's/part.dupd/news.jsonl.dupd/' | cmp - first
! dupd: part.dupd: verdicts that an earlier run gave, with its options: 10; a new --store decides them anew
$ dupd scan - < news.jsonl
! dupd: scan: standard input has no place beside it for the store; give --store=DIR
? 2

# An origin that comes in after its copies: the summary counts what holds at the end.
$ for i in 2 3 4 1; do printf '{"id":"a%d","source":"o%d.example","title":"Ferry %d","published_at":"2026-0%d-01","body":"%s"}\n' $i $i $i $i "$(tr '\n"' '  ' < ferry.txt)"; done > late.jsonl
$ dupd scan late.jsonl
| unique         a2 (o2.example)
| identical      a3 (o3.example) <- a2 (o2.example)
| identical      a4 (o4.example) <- a2 (o2.example)
| unique         a1 (o1.example)
|
| story 1: 4 articles of 4 outlets
|   origin   o1.example, 1 January 2026: a1 "Ferry 1"
|   copy     o2.example, 1 February 2026: a2 "Ferry 2"
|   copy     o3.example, 1 March 2026: a3 "Ferry 3"
|   copy     o4.example, 1 April 2026: a4 "Ferry 4"
|
| 4 articles, 3 of them copies (75 %; 1 found when an earlier article came in after it); 1 story of two articles and more
|              2  identical
|              0  republished
|              0  rewritten
|              0  excerpt
|              0  update
|              0  shared_quotes
|              2  unique
|
| Copied from most
|              3  o1.example
|
| Copying most
|              1  o2.example
|              1  o3.example
|              1  o4.example
|
| Store: late.jsonl.dupd (kept: a second run continues; remove it to begin afresh)
$ dupd scan --json late.jsonl | tail -1
| {"store":"late.jsonl.dupd","articles":4,"problems":0,"copies":3,"late_copies":1,"stories":1,"verdicts":{"identical":2,"republished":0,"rewritten":0,"excerpt":0,"update":0,"shared_quotes":0,"unique":2},"top_origins":[{"source":"o1.example","copies":3}],"top_copiers":[{"source":"o2.example","copies":1},{"source":"o3.example","copies":1},{"source":"o4.example","copies":1}]}
! dupd: late.jsonl.dupd: verdicts that an earlier run gave, with its options: 4; a new --store decides them anew

# The store is a private one, whatever store is in use: only the command line names another.
$ DUPD_STORE=live dupd scan articles.jsonl --quiet >/dev/null; ls -d articles.jsonl.dupd live
| articles.jsonl.dupd
! ls: cannot access 'live': No such file or directory
? 2
$ printf 'store = redis://nowhere.invalid\n' > live.conf && dupd scan --config live.conf articles.jsonl | grep ^Store
| Store: articles.jsonl.dupd (kept: a second run continues; remove it to begin afresh)
! dupd: articles.jsonl.dupd: verdicts that an earlier run gave, with its options: 30; a new --store decides them anew
$ DUPD_STORE=live dupd scan - < articles.jsonl
! dupd: scan: standard input has no place beside it for the store; give --store=DIR
? 2
$ dupd scan --redis redis://nowhere.invalid articles.jsonl
! dupd: scan: uses a private store, not that of --redis; to put the archive into that one give --store
? 2
$ dupd scan --store named articles.jsonl | grep ^Store
| Store: named (kept: a second run continues; remove it to begin afresh)
