# Every command has help with an example, and says how to go on.
$ dupd
! dupd finds copies of news articles: syndicated, trimmed, merged and machine-spun ones.
!
! Usage: dupd COMMAND [OPTION...] [OPERAND...]
!
!   check     is this article a copy of one in the store?
!   add       put articles into the store
!   scan      deduplicate a whole archive
!   compare   two files side by side
!   explain   every number behind a verdict
!   show      an article of the store, with its verdict and text
!   forget    remove articles from the store
!   stats     what the store holds
!   eval      how well does it do on labelled pairs?
!   serve     the daemon: articles in, verdicts out, as they come
!   push      put articles into the queue
!   tail      follow the verdicts as they come
!   dead      queue entries that were given up
!   config    options: what is in force, and from where
!   version   version of the program and its formats
!
! 'dupd COMMAND --help' says more. To begin with:
!
!   dupd add articles.jsonl
!   dupd check story.txt
? 2
$ dupd --help | head -5
| dupd finds copies of news articles: syndicated, trimmed, merged and machine-spun ones.
|
| Usage: dupd COMMAND [OPTION...] [OPERAND...]
|
|   check     is this article a copy of one in the store?
$ for c in check add scan compare explain eval show forget stats config version; do dupd $c --help | sed -n '1p;3p;/^Example/,/^$/p' || echo "no help: $c"; done
| dupd check: is this article a copy of one in the store?
| Usage: dupd check [OPTION...] FILE...|-
| Example:
|   dupd check story.txt
|
| dupd add: put articles into the store
| Usage: dupd add [OPTION...] FILE...|-
| Example:
|   dupd add articles.jsonl
|
| dupd scan: deduplicate a whole archive
| Usage: dupd scan [OPTION...] FILE...
| Example:
|   dupd scan archive.jsonl
|
| dupd compare: two files side by side
| Usage: dupd compare [OPTION...] A B
| Example:
|   dupd compare spun.txt original.txt
|
| dupd explain: every number behind a verdict
| Usage: dupd explain [OPTION...] A B
| Example:
|   dupd explain spun.txt wire-77
|
| dupd eval: how well does it do on labelled pairs?
| Usage: dupd eval [OPTION...]
| Example:
|   dupd eval --articles articles.jsonl --pairs pairs.jsonl
|
| dupd show: an article of the store, with its verdict and text
| Usage: dupd show [OPTION...] ID
| Example:
|   dupd show wire-77
|
| dupd forget: remove articles from the store
| Usage: dupd forget [OPTION...] ID...
| Example:
|   dupd forget wire-77
|
| dupd stats: what the store holds
| Usage: dupd stats [OPTION...]
| Example:
|   dupd stats --json
|
| dupd config: options: what is in force, and from where
| Usage: dupd config [OPTION...] [FILE]
| Example:
|   dupd config --check /etc/dupd/dupd.conf
|
| dupd version: version of the program and its formats
| Usage: dupd version [OPTION...]
| Example:
|   dupd version
|
$ dupd help stats | head -1
| dupd stats: what the store holds
$ dupd help nothing
! dupd: no such command: nothing; 'dupd --help' lists them
? 2
$ dupd version
| dupd 0.1.0
| sketch dupd-sketch-1
| record format 1
| index format in Redis 2
$ dupd version --json
| {"version":"0.1.0","sketch":"dupd-sketch-1","record_format":1,"redis_index_format":2}
$ dupd --version | head -1
| dupd 0.1.0
$ dupd check --help | grep -c -- --max-article
| 1
$ dupd eval --help | grep -E -- '--(articles|pairs|pairwise)'
|   dupd eval --articles articles.jsonl --pairs pairs.jsonl
|   --articles=FILE...          articles, as for add
|   --pairs=FILE...             labelled pairs, a JSON object a line: a and b (ids) and label
|   --pairwise                  compare the two texts only, without any store

# Both ways of asking.
$ diff <(dupd help) <(dupd --help) && diff <(dupd help help) <(dupd --help) && diff <(dupd help check) <(dupd check --help)
$ dupd help chekc
! dupd: no such command: chekc; 'dupd --help' lists them
? 2
