# What can be wrong with a store.
$ dupd check --store none ferry.txt
! dupd: none: there is no store yet; 'dupd add FILE' makes one
? 2
$ dupd check ferry.txt 2>&1 | sed "s:$HOME:HOME:"
| dupd: HOME/.local/share/dupd: there is no store yet; 'dupd add FILE' makes one
$ printf '{"id":"a","body":"Only one, and it goes again."}' | dupd add --store empty --quiet -
$ dupd forget --store empty a
| 1 article forgotten
$ dupd check --store empty ferry.txt
! dupd: empty: the store is empty, so nothing can be told; fill it with 'dupd add FILE'
? 2

# A collection that holds nothing, and articles that are all too old, are said: nothing was compared.
$ dupd add --store some --quiet ferry-spun.txt; dupd add --store some --quiet --collection sport ferry-spun.txt
$ dupd check --store some --collection sprot ferry.txt ferry-report.txt
! dupd: some: the collection 'sprot' holds no article of the last 30 days in this store, so nothing can be told; check its name (--collection)
? 2
$ dupd check --store some --collection sprot --json ferry.txt
! dupd: some: the collection 'sprot' holds no article of the last 30 days in this store, so nothing can be told; check its name (--collection)
? 2
$ printf '{"body":"Nothing like it.","collection":"sport"}\n{"body":"Nothing like it.","collection":"x"}' | dupd check --store some - | grep -E "COPY|Comp"
| NO COPY (unique): nothing of note in common with anything earlier
|   Compared with the articles of the last 30 days of collection sport in some, which holds 2 in all
! dupd: some: the collection 'x' holds no article of the last 30 days in this store, so nothing can be told; check its name (--collection)
$ dupd check --store some --window 0 ferry.txt | tail -1
|   Compared with the articles in some, which holds 2 in all
$ sleep 2; dupd check --store some --window 1s ferry.txt
! dupd: some: no article in it came in within the last 1s, so nothing can be told; see --window
? 2

# A damaged record is passed over, but what it might have said is not passed off as "no copy".
$ dupd add --store damaged --quiet ferry.txt
$ python3 - <<'END'
> import sqlite3
> c = sqlite3.connect('damaged/dupd.db')
> c.execute("update record set record = x'01ff'")
> c.commit()
> END
$ dupd check --store damaged ferry-spun.txt | head -2
| ferry-spun.txt
| NO COPY (unique): nothing of note in common with anything earlier
! dupd: ferry-spun.txt: was not compared with 1 article of damaged that it may be a copy of: the record is damaged or of a newer version; restore the store from a backup
$ dupd check --store damaged ferry-spun.txt > /dev/null
! dupd: ferry-spun.txt: was not compared with 1 article of damaged that it may be a copy of: the record is damaged or of a newer version; restore the store from a backup
? 2
$ dupd add --store damaged ferry-spun.txt
| 1 article added: 0 copies, 0 new versions of an id; 0 there already; 0 not readable
| damaged now holds 2 articles in 2 stories
! dupd: ferry-spun.txt: was not compared with 1 article of damaged that it may be a copy of: the record is damaged or of a newer version; restore the store from a backup

$ dupd check --store memory://x ferry.txt
! dupd: memory://x: no such kind of store; use file:DIR or a directory
? 2
$ echo text > file
$ dupd add --store file ferry.txt
! dupd: file is a file, not a dupd store
? 2
$ mkdir other && echo text > other/file
$ dupd add --store other ferry.txt
! dupd: other is a directory, but not a dupd store; name an empty or a new one
? 2
$ dupd check --store other ferry.txt
! dupd: other is a directory, but not a dupd store
? 2

# The default is $XDG_DATA_HOME/dupd or ~/.local/share/dupd.
$ dupd add ferry.txt | sed "s:$HOME:HOME:"
| 1 article added: 0 copies, 0 new versions of an id; 0 there already; 0 not readable
| HOME/.local/share/dupd now holds 1 article in 1 story
$ XDG_DATA_HOME=$PWD/xdg dupd add ferry.txt | sed "s:$PWD:DIR:"
| 1 article added: 0 copies, 0 new versions of an id; 0 there already; 0 not readable
| DIR/xdg/dupd now holds 1 article in 1 story
$ DUPD_STORE=named dupd add --quiet ferry.txt && dupd stats --store=file:named | head -2
| named
|              1  articles
$ dupd stats --store named --json | grep -o '"articles":1'
| "articles":1

# show, forget and their misses.
$ dupd add --store a --quiet articles.jsonl
$ dupd show --store a wire-4101 | grep -v ^arrived | head -8
| id         wire-4101
| collection default
| title      Port Calder closes harbour bridge after inspectors find cracked bearings
| outlet     wire.example
| published  3 March 2026, 09:40 UTC
| byline     Marta Quill
| address    https://wire.example/stories/4101-calder-bridge
| language   en
$ dupd show --store a --json wire-4101 | grep -oE '"(id|source|published_at|copy)":[^,]*'
| "id":"wire-4101"
| "source":"wire.example"
| "published_at":"2026-03-03T09:40:00Z"
| "copy":false
| "id":"wire-4101"
| "copy":false
$ dupd show --store a nothing
! dupd: nothing: no such article in collection default of a
? 2
$ dupd show --store a --collection other wire-4101
! dupd: wire-4101: no such article in collection other of a
? 2
$ dupd forget --store a nothing wire-4101
| 1 article forgotten
! dupd: nothing: no such article in collection default of a
? 2
$ dupd show --store a wire-4101
! dupd: wire-4101: no such article in collection default of a
? 2
$ dupd forget --store nowhere x
! dupd: nowhere: there is no store yet; 'dupd add FILE' makes one
? 2
$ dupd add --store fj --quiet articles.jsonl && dupd forget --store fj --json wire-4101 'no"where'
| {"id":"wire-4101","forgotten":true}
| {"id":"no\"where","forgotten":false}
! dupd: no"where: no such article in collection default of fj
? 2
