# Verdicts are the same whatever the number of threads, and a second run changes nothing.
$ dupd add --store s1 --threads=1 --json articles.jsonl > one
$ dupd add --store s8 --threads=8 --json articles.jsonl > eight
$ cmp one eight && wc -l < one
| 30
$ dupd add --store s1 articles.jsonl
| 0 articles added: 0 copies, 0 new versions of an id; 30 there already; 0 not readable
| s1 now holds 30 articles in 25 stories
$ dupd add --store s1 --json articles.jsonl | grep -c '"replay":true'
| 30
$ dupd check --store s1 --threads=1 --json articles.jsonl > c1
? 1
$ dupd check --store s1 --threads=8 --json articles.jsonl > c8
? 1
$ cmp c1 c8 && wc -l < c1
| 30

# Several files, standard input among them; the others go on when one is bad.
$ dupd add --store m ferry.txt none.txt ferry-report.txt - < ferry-spun.txt
| 3 articles added: 1 copy, 0 new versions of an id; 0 there already; 1 not readable
| m now holds 3 articles in 2 stories
! dupd: none.txt: no such file; check the name
? 2

# New content under an old id replaces it.
$ printf '{"id":"u","body":"The first version of these few words."}' | dupd add --store u --quiet -
$ printf '{"id":"u","body":"The second version of these few words is longer."}' | dupd add --store u -
| 1 article added: 0 copies, 1 new version of an id; 0 there already; 0 not readable
| u now holds 1 article in 1 story
$ dupd show --store u u | tail -1
| The second version of these few words is longer.

# Collections are apart.
$ dupd add --store k --collection one --quiet ferry.txt
$ echo 'Another collection needs an article of its own.' | dupd add --store k --collection two --quiet -
$ dupd check --store k --collection two ferry.txt | sed -n 2p
| NO COPY (unique): nothing of note in common with anything earlier
$ dupd check --store k --collection one ferry-spun.txt | sed -n 2p
| COPY (rewritten): the other's text with words replaced or reordered throughout [97 % likely]

# Nothing is written where nothing can be.
$ dupd add --store s1 --json articles.jsonl > /dev/full
! dupd: the output could not be written; is the disk full?
? 2

# When the disk is full in the middle, the verdicts that were printed are those of what is there.
$ for i in $(seq 600); do echo "{\"id\":\"n$i\",\"body\":\"Notice $i from the harbour office.\"}"; done > notices
$ (trap '' XFSZ; ulimit -f 240; dupd add --store full --batch 20 --json notices > printed 2> problems; echo $?)
| 2
$ [ -s printed ] && grep -q '^dupd: cannot write the store full: ' problems && echo said
| said
$ dupd stats --store full --json | grep -c "\"articles\":$(wc -l < printed),"
| 1
