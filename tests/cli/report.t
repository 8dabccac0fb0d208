# The report that people read.
$ dupd compare ferry-spun.txt ferry.txt
| ferry-spun.txt
| COPY (rewritten): the other's text with words replaced or reordered throughout [97 % likely]
|
|   from      ferry.txt
|   overlap   84 % of this article stands in it (192 of 228 words); 83 % of that is outside quotations
|             73 % of the other was used; 13 % of the matching words replaced; longest equal run 31
|             words
|
|   this article                                    | ferry.txt
|
|   Passage 1 of 1: 192 words, 28 replaced
|   The council of Aldermoor [decided] late on      | The council of Aldermoor [voted] late on Monday
|   Monday to [shut] the ferry that has crossed the | to [close] the ferry that has crossed the
|   Tamble estuary since 1887, [finishing] a        | Tamble estuary since 1887, [ending] a service
|   service that carried schoolchildren, farm       | that carried schoolchildren, farm [workers]
|   [labourers] and, in a [fine] summer, several    | and, in a [good] summer, several thousand
|   thousand [tourists] a week.                     | [visitors] a week.
|   Nine councillors were [for it] and six against. | Nine councillors were [in favour] and six
|                                                   | against.
|   The boat will make its [final] scheduled        | The boat will make its [last] scheduled
|   crossing on the [last] day of October,          | crossing on the [final] day of October,
|   ... 140 more words ...
|   [pledged] to review the [schedule] after one    | to review the [timetable] after one winter.
|   winter.                                         |
|   Pupils who live on the western side will        | Pupils who live on the western side will [keep]
|   [retain] their free passes.                     | their free passes.
|
|   Words that differ are in [brackets].
|
|   Compared with ferry.txt
? 1
$ dupd compare ferry-report.txt ferry.txt
| ferry-report.txt
| NO COPY (unique): nothing of note in common with anything earlier
|
|   nearest   ferry.txt
|   overlap   12 % of this article stands in it (20 of 167 words); all of that is quotation
|             8 % of the other was used; longest equal run 20 words
|   no copy   quotations in common are no copy
|
|   this article                                    | ferry.txt
|
|   Passage 1 of 1: 20 words, in quotation marks (does not count)
|   "We looked at every way of keeping her afloat,  | "We looked at every way of keeping her afloat,
|   and every one of them ended with the bus being  | and every one of them ended with the bus being
|   cheaper,"                                       | cheaper,"
|
|   Compared with ferry.txt
$ dupd compare ferry.txt ferry.txt | sed -n 2p
| COPY (identical): same words after normalisation [99 % likely]

# What proves it comes first: prose, however much more is quoted.
$ echo 'Traders were told by letter on Friday to move their stalls to the car park behind the station.' > prose
$ (cat ferry.txt; echo; cat prose) > q1 && (cat ferry-report.txt; echo; cat prose) > q2
$ dupd compare q2 q1
| q2
| NO COPY (shared quotes): only quotations, statements, documents or furniture in common
|
|   nearest   q1
|   overlap   21 % of this article stands in it (38 of 185 words); 47 % of that is outside quotations
|             13 % of the other was used; longest equal run 20 words
|   no copy   18 shared words outside quotations, 10 % of the shorter text; a copy shares 30 % and 200
|             words, or 62 %
|
|   this article                                    | q1
|
|   Passage 1 of 2: 18 words
|   Traders were told by letter on Friday to move   | Traders were told by letter on Friday to move
|   their stalls to the car park behind the         | their stalls to the car park behind the
|   station.                                        | station.
|
|   Passage 2 of 2: 20 words, in quotation marks (does not count)
|   "We looked at every way of keeping her afloat,  | "We looked at every way of keeping her afloat,
|   and every one of them ended with the bus being  | and every one of them ended with the bus being
|   cheaper,"                                       | cheaper,"
|
|   Compared with q1
$ dupd compare prose ferry.txt
| prose
| NO COPY (unique): nothing of note in common with anything earlier
|
|   nearest   ferry.txt
|   overlap   the texts are short and judged as a whole
|
|   this article                                    | ferry.txt
|   Traders were told by letter on Friday to move   | The council of Aldermoor voted late on Monday
|   their stalls to the car park behind the         | to close the ferry that has crossed the Tamble
|   station.                                        | estuary since 1887, ending a service that
|                                                   | carried schoolchildren, farm workers and, in a
|                                                   | good summer, several thousand visitors a week.
|                                                   | Nine councillors were in favour and six
|                                                   | against. The boat will make its last scheduled
|                                                   | crossing on the final day of October, after
|                                                   | which the slipway on the western bank is to be
|                                                   | handed to the harbour trust for storage.
|                                                   | Officials said the engine needed a replacement
|                                                   | that would have cost more
|
|   Compared with ferry.txt
$ cat prose ferry-report.txt | tr -d '"' > p2
$ dupd compare p2 ferry.txt | sed -n '2,/no copy/p'
| NO COPY (unique): nothing of note in common with anything earlier
|
|   nearest   ferry.txt
|   overlap   11 % of this article stands in it (20 of 185 words); all of that is quotation
|             8 % of the other was used; longest equal run 20 words
|   no copy   quotations in common are no copy

# Narrow: stacked. Coloured: no brackets. All: nothing left out.
$ dupd compare --width=60 ferry-spun.txt ferry.txt | sed -n '5,21p'
|   from      ferry.txt
|   overlap   84 % of this article stands in it (192 of 228
|             words); 83 % of that is outside quotations
|             73 % of the other was used; 13 % of the matching
|             words replaced; longest equal run 31 words
|
|   < this article
|   > ferry.txt
|
|   Passage 1 of 1: 192 words, 28 replaced
|   < The council of Aldermoor [decided] late on Monday to
|   < [shut] the ferry that has crossed the Tamble estuary
|   < since 1887, [finishing] a service that carried
|   < schoolchildren, farm [labourers] and, in a [fine]
|   < summer, several thousand [tourists] a week. Nine
|   < councillors were [for it] and six against. The boat will
|   < make its [final] scheduled crossing on the [last] day of
$ dupd compare --color=always ferry-spun.txt ferry.txt | sed -n '2p;12,14p' | cat -v
| ^[[1;31mCOPY (rewritten)^[[0m: the other's text with words replaced or reordered throughout [97 % likely]
|   The council of Aldermoor ^[[1;36mdecided^[[0m late on Monday | The council of Aldermoor ^[[1;36mvoted^[[0m late on Monday
|   to ^[[1;36mshut^[[0m the ferry that has crossed the Tamble   | to ^[[1;36mclose^[[0m the ferry that has crossed the Tamble
|   estuary since 1887, ^[[1;36mfinishing^[[0m a service that    | estuary since 1887, ^[[1;36mending^[[0m a service that
$ dupd compare --all ferry-spun.txt ferry.txt | grep -c 'more words'
| 0
? 1
$ dupd compare --json ferry-spun.txt ferry.txt | grep -oE '"(verdict|copy|direction)":[^,]*'
| "verdict":"rewritten"
| "copy":true
| "direction":"from"
| "verdict":"rewritten"

# Wide characters keep their column.
$ printf '東京都は月曜日、隅田川を渡る古い渡し船の運航を今月末で終えると発表した。船は百年以上にわたり学生や農家の人々を運んできたが、機関の修理に費用がかかりすぎるという。十一月からは、上流の橋を渡る小さなバスが朝と夕方に一本ずつ走り、冬が終わった後で時刻を見直す予定である。' > ja1
$ printf '東京都は火曜日、隅田川を渡る古い渡し船の運航を今月末で終えると発表した。船は百年以上にわたり学生や農家の人々を運んできたが、機関の修理に費用がかかりすぎるという。十一月からは、上流の橋を渡る小さなバスが朝と夕方に一本ずつ走り、冬が終わった後で時刻を見直す予定である。' > ja2
$ dupd compare ja1 ja2 | tail -n +8
|   this article                                    | ja2
|
|   Passage 1 of 1: 61 words
|   曜日、隅田川を渡る古い渡し船の運航を今月末で終  | 曜日、隅田川を渡る古い渡し船の運航を今月末で終
|   えると発表した。                                | えると発表した。
|   船は百年以上にわたり学生や農家の人々を運んでき  | 船は百年以上にわたり学生や農家の人々を運んでき
|   たが、機関の修理に費用がかかりすぎるという。    | たが、機関の修理に費用がかかりすぎるという。
|   十一月からは、上流の橋を渡る小さなバスが朝と夕  | 十一月からは、上流の橋を渡る小さなバスが朝と夕
|   方に一本ずつ走り、冬が終わった後で時刻を見直す  | 方に一本ずつ走り、冬が終わった後で時刻を見直す
|   予定である。                                    | 予定である。
|
|   Compared with ja2
$ for f in ja1 ja2; do (cat $f; printf '船長は三十年にわたり舵を取ってきたが、最後の便には昔の乗客が大勢集まり、岸壁では楽隊が古い歌を奏でるという。切符売り場の建物は取り壊されず、川の歴史を伝える小さな資料館として残される見込みで、古い写真や鐘も並べられる。') > long-$f; done
$ dupd compare long-ja1 long-ja2 | grep -E 'Passage|more words'
|   Passage 1 of 1: 112 words
|   ... 32 more words ...

# check: the store is named; the agency and its credit are shown.
$ dupd add --store s --quiet articles.jsonl
$ dupd check --store s spun.txt | head -13
| spun.txt
| COPY (rewritten): the other's text with words replaced or reordered throughout [97 % likely]
|
|   from      wire.example, 3 March 2026, 09:40 UTC
|             "Port Calder closes harbour bridge after inspectors find cracked bearings"
|             https://wire.example/stories/4101-calder-bridge
|             id wire-4101
|   overlap   79 % of this article stands in it (351 of 446 words); 80 % of that is outside quotations
|             84 % of the other was used; 17 % of the matching words replaced; longest equal run 43
|             words
|   agency    AP (dateline "PORT CALDER (AP) —"): NOT CREDITED here
|   also in   harbour-post.example, 3 March 2026, 11:15 UTC: rewritten, 79 % of this article;
|             post-2207
$ dupd check --store s spun.txt independent.txt | grep -E 'COPY|Compared'
| COPY (rewritten): the other's text with words replaced or reordered throughout [97 % likely]
|   Compared with the articles of the last 30 days in s, which holds 30 in all
| NO COPY (shared quotes): only quotations, statements, documents or furniture in common
|   Compared with the articles of the last 30 days in s, which holds 30 in all
$ dupd check --store s independent.txt > /dev/null
$ grep eastgate-5127 articles.jsonl | dupd check --store s - | sed -n '4,6p'
|   this      eastgate-times.example, 4 March 2026, 06:30 UTC
|   from      wire.example, 3 March 2026, 09:40 UTC
|             "Port Calder closes harbour bridge after inspectors find cracked bearings"
$ dupd check --store s - < spun.txt | head -1
| standard input
$ dupd add --store plain --quiet ferry.txt && dupd check --store plain ferry-spun.txt | sed -n '4,5p'
|   from      outlet unknown
|             id content:3a6339047c8f87608d4f7050936bcaa7
$ dupd compare ferry-spun.txt none.txt
! dupd: none.txt: no such file; check the name
? 2
$ dupd compare articles.jsonl ferry-spun.txt
! dupd: articles.jsonl: holds more than one article; this command takes one
? 2

# explain: every number, and the rule that decided.
$ dupd explain ferry-spun.txt ferry.txt | sed '/^Thresholds/,$d'
| A
|   id                             content:dd5d305c428a26f4d65a18dc92201900
|   words                          228
|   in quotation marks             32
|   paragraphs                     6
|   content hash                   dd5d305c428a26f4d65a18dc92201900
|   simhash                        d312876b1cf3bd7d
|   sketch                         1 block, 52 hashes
|
| B
|   id                             content:3a6339047c8f87608d4f7050936bcaa7
|   words                          264
|   in quotation marks             32
|   paragraphs                     6
|   content hash                   3a6339047c8f87608d4f7050936bcaa7
|   simhash                        d302876b1cd2bd7f
|   sketch                         1 block, 56 hashes
|
| Index
|   postings in common             13 of 26 (a candidate has 2)
|   estimated containment          0.50 (read from 0.10 on)
|   simhash distance               4 of 64
|   would be found                 yes
|
| Overlap
|   words of A, of B               228, 264
|   outside quotations             196, 232
|   furniture                      0, 0 (does not count)
|   shared words                   192: 0.84 of A, 0.73 of B
|   of these prose, quoted         160, 32
|   resemblance of shingles        0.39
|   containment of shingles        0.61 of A, 0.52 of B
|   inside passages                0.82 of A, 0.71 of B
|   replaced words                 0.13
|   numbers in passages            1, 1 of them the same
|   longest equal run              31 words, 13 of them prose
|   quoted from the other's prose  0 words
|   head that is shared            0.78 of A, 0.84 of B
|   passages                       1
|   title words in common          0.00
|   same outlet                    no
|   same content                   no
|
| Rules: what there is, as a share of what each asks; 1 is enough
|   not met                         0.80  volume: shared prose words, and their share of one of the texts
|   met                             1.13  share: shared prose is most of the shorter text
|   not met                         0.43  stretch: much of the shorter text in one run of equal words
|   met                             1.65  spinning: aligned throughout, with words replaced
|   met                             1.05  whole: nearly all of the shorter text, its quotations included
|   not met                         0.00  lifting: the other's prose in one quotation
|
| Verdict: A against B
|   rewritten                      the other's text with words replaced or reordered throughout
|   rule                           spinning: aligned throughout, with words replaced
|   probability of a copy          0.97
|
$ dupd explain --store s spun.txt wire-4101 | grep -A3 ^Verdict
| Verdict: A against B
|   rewritten                      the other's text with words replaced or reordered throughout
|   rule                           spinning: aligned throughout, with words replaced
|   probability of a copy          0.97
$ dupd explain --store s wire-4101 nothing
! dupd: nothing: no such article in collection default of s
? 2

# A narrow window: no line that could be broken is wider.
$ for w in 20 40 60; do dupd check --store s --width $w spun.txt | head -4; done
| spun.txt
| COPY (rewritten):
|   the other's text
|   with words
| spun.txt
| COPY (rewritten): the other's text with
|   words replaced or reordered throughout
|   [97 % likely]
| spun.txt
| COPY (rewritten): the other's text with words replaced or
|   reordered throughout [97 % likely]
|
$ dupd check --store s --width 40 --color always spun.txt | sed -n '2,3p' | cat -v
| ^[[1;31mCOPY (rewritten)^[[0m: the other's text with
|   words replaced or reordered throughout
$ dupd check --store s --width 40 independent.txt | tail -2
|   Compared with the articles of the last
|   30 days in s, which holds 30 in all
