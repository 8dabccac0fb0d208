# Large and strange input: refused at the limit, however much more would come.
$ dupd add --store s --quiet ferry.txt
$ yes 'words without end' | dupd check --store s -
! dupd: standard input: larger than the limit of 8388608 bytes for a text; raise --max-article if that is meant
? 2
$ head -c 100000000 /dev/zero | tr '\0' a | dupd check --store s -
! dupd: standard input: larger than the limit of 8388608 bytes for a text; raise --max-article if that is meant
? 2
$ (printf '{"id":"x","body":"'; head -c 100000000 /dev/zero | tr '\0' a; printf '"}\n{"id":"y","body":"Another line."}\n') | dupd check --store s - | head -2
| standard input:2
| NO COPY (unique): nothing of note in common with anything earlier
! dupd: standard input:1: longer than the limit of 16777216 bytes; raise --max-message if that is meant
$ head -c 8000000 /dev/zero | tr '\0' a > word
$ dupd check --store s word | head -2
| word
| NO COPY (unique): nothing of note in common with anything earlier
$ (printf '<html><body>'; for i in $(seq 10000); do printf '<div>'; done; printf '<p>Deep down in here stands a paragraph of a fair length, with enough words in it to be taken for text.</p>') > deep.html
$ dupd check --store s deep.html | head -2
| deep.html
| NO COPY (unique): nothing of note in common with anything earlier
$ head -c 3000000 /dev/zero | tr '\0' '\001' > ones
$ dupd check --store s ones
! dupd: ones: looks like binary: not text
? 2

# Escape sequences of a title or a text do not reach the terminal.
$ printf '{"id":"e\\u001b[31m","title":"\\u001b]0;owned\\u0007 \\u202etitle","body":"Words \\u001b[2J that \\u009b31m clear the screen \\r and more of them."}' > evil.json
$ dupd check --store s evil.json | head -2
| evil.json:1: "�]0;owned� �title"
| NO COPY (unique): nothing of note in common with anything earlier
$ dupd add --store e --quiet evil.json && dupd show --store e "$(printf 'e\033[31m')" | grep -vE '^(arrived|story)'
| id         e�[31m
| collection default
| title      �]0;owned� �title
| verdict    unique
| words      11
|
| Words �[2J that �31m clear the screen and more of them.
$ touch "$(printf 'a\033[1mb')" && dupd check --store s "$(printf 'a\033[1mb')"
! dupd: a�[1mb: the file is empty
? 2

# A byte order mark inside a text, where files were joined, before the words that credit.
$ printf '{"id":"m","body":"It is new.\\n\\ufeffPARIS (AFP) - The bridge over the river opened on Monday after two years of work."}' > mark.json
$ dupd add --store m --quiet mark.json && dupd show --store m m | grep agency
| agency     AFP
