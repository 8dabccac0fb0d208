# Whatever comes in: one line for each mistake, exit 2, and the rest is still processed.
$ dupd add --store s --quiet ferry.txt
$ printf '{"id":"good","body":"Nothing here is like anything else that was ever written down."}\n' > good.json
$ : > empty.txt
$ printf ' \n\t\n' > blank.txt
$ printf 'abc\0def' > nul.txt
$ printf '\037\213\010\000\000' > pages.gz
$ printf '%%PDF-1.5\n\000\001' > story.pdf
$ mkdir dir
$ dupd check --store s empty.txt blank.txt nul.txt pages.gz story.pdf dir none.txt good.json | head -2
| good.json:1
| NO COPY (unique): nothing of note in common with anything earlier
! dupd: empty.txt: the file is empty
! dupd: blank.txt: there are no words in the text
! dupd: nul.txt: looks like binary: not text
! dupd: pages.gz: looks like binary: gzip data; unpack it first
! dupd: story.pdf: looks like binary: a PDF; convert it with pdftotext
! dupd: dir: is a directory; name the files in it
! dupd: none.txt: no such file; check the name
$ dupd check --store s empty.txt; echo "exit $?"
| exit 2
! dupd: empty.txt: the file is empty

# Invalid UTF-8 is replaced, not refused.
$ printf 'Caf\351 society met on Monday in an old encoding, and nobody in the room noticed \377\376.' > latin.txt
$ dupd check --store s latin.txt | head -2
| latin.txt
| NO COPY (unique): nothing of note in common with anything earlier
! dupd: latin.txt: 3 bytes are not UTF-8 (or NUL) and were replaced; if it is in another encoding, convert it with iconv
$ printf '{"id":"l","title":"caf\351 \\ud800","body":"old bytes \377 in JSON"}' > latin.json
$ dupd check --store s --json latin.json | grep -o '"id":"l"'
| "id":"l"
! dupd: latin.json: 2 bytes are not UTF-8 (or NUL) and were replaced; if it is in another encoding, convert it with iconv
$ dupd check --quiet --store s latin.txt good.json latin.json | wc -l
| 16
$ printf 'Caf\351 society met on Monday, and nobody noticed.' > one.txt; dupd compare one.txt latin.txt | head -2
| one.txt
| NO COPY (unique): nothing of note in common with anything earlier
! dupd: one.txt: 1 byte is not UTF-8 (or NUL) and was replaced; if it is in another encoding, convert it with iconv
! dupd: latin.txt: 3 bytes are not UTF-8 (or NUL) and were replaced; if it is in another encoding, convert it with iconv
$ printf '\317\360\350\342\345\362 \354\350\360' > cp1251.txt; dupd check --store s cp1251.txt
! dupd: cp1251.txt: there are no words in the text, and 9 bytes that are not UTF-8; convert it with iconv
? 2

# JSON: each object on its own.
$ cat > mixed.jsonl <<'END'
> {"id":"a","body":"The first line is good."}
> {"id":"b","body":"The second breaks off
> {"id":5,"body":"A number is no id."}
> {"id":"d"}
> {"id":"e","body":["x"]}
> {"id":"f","body":"twice","body":"given"}
> ["no object"]
> {"id":"g","body":"bad end"} trailing
> {"id":"h","body":null,"html":null}
> {"id":"i","published_at":{},"body":"x"}
> {"id":"j","published_at":"some day","body":"An unreadable date counts as absent.","extra":{"deep":[1,2]}}
> {"id":"k","body":"?!..."}
> {"id":"l","body":"nul \u0000 and \ud83d\ude00 and \udc00"}
> END
$ dupd add --store j mixed.jsonl
| 3 articles added: 0 copies, 0 new versions of an id; 0 there already; 10 not readable
| 1 publication date could not be read and counts as absent
| j now holds 3 articles in 3 stories
! dupd: mixed.jsonl:2: not valid JSON at byte 40: the text ends inside a string
! dupd: mixed.jsonl:3: field "id" is a number; it must be a string
! dupd: mixed.jsonl:4: no text: neither "body" nor "html" is given
! dupd: mixed.jsonl:5: field "body" is an array; it must be a string
! dupd: mixed.jsonl:6: field "body" is given twice; keep one
! dupd: mixed.jsonl:7: not valid JSON at byte 1: not a JSON object
! dupd: mixed.jsonl:8: not valid JSON at byte 29: more text behind the value
! dupd: mixed.jsonl:9: no text: neither "body" nor "html" is given
! dupd: mixed.jsonl:10: field "published_at" is an object; it must be a string or a number
! dupd: mixed.jsonl:12: there are no words in the text
! dupd: mixed.jsonl: 1 byte is not UTF-8 (or NUL) and was replaced; if it is in another encoding, convert it with iconv
? 2
$ dupd show --store j l | tail -1
| nul � and 😀 and �
$ printf '[{"id":"m","body":"An array is read too."},\n {"id":"n","body":"Element by element."}]' | dupd add --store j -
| 2 articles added: 0 copies, 0 new versions of an id; 0 there already; 0 not readable
| j now holds 5 articles in 5 stories
$ printf '[{"id":"m","body":"An array is read too."},\n {"id":"n","body":"Element by element."}\n' | dupd add --store j -
| 0 articles added: 0 copies, 0 new versions of an id; 2 there already; 1 not readable
| j now holds 5 articles in 5 stories
! dupd: standard input:3: not valid JSON: the array has no end; was the file cut off?
? 2
$ echo '[]' | dupd check --store s -
! dupd: standard input: there are no articles in it
? 2
$ printf '{\n  "id": "o",\n  "body": "A tall object."\n}\n' | dupd add --store j -
| 1 article added: 0 copies, 0 new versions of an id; 0 there already; 0 not readable
| j now holds 6 articles in 6 stories
$ printf '{\n  "id": "p",\n  "body": "A tall object that is cut' | dupd add --store j -
| 0 articles added: 0 copies, 0 new versions of an id; 0 there already; 1 not readable
| j now holds 6 articles in 6 stories
! dupd: standard input:1: not valid JSON at byte 52: the text ends inside a string
? 2
$ head -c 700 /dev/zero | tr '\0' x > long
$ (printf '{"body":"x","id":"'; cat long; printf '"}\n') | dupd add --store j -
| 0 articles added: 0 copies, 0 new versions of an id; 0 there already; 1 not readable
| j now holds 6 articles in 6 stories
! dupd: standard input:1: field "id" has 700 bytes; at most 512 are allowed
? 2
$ (for i in $(seq 100); do printf '{"a":'; done; echo 1) | dupd add --store j -
| 0 articles added: 0 copies, 0 new versions of an id; 0 there already; 1 not readable
| j now holds 6 articles in 6 stories
! dupd: standard input:1: not valid JSON at byte 326: nested too deeply
? 2

# A page: text, title and date come out of it.
$ cat > page.html <<'END'
> <!doctype html><html lang="en"><head><title>Ferry to close</title>
> <meta property="og:site_name" content="The Estuary Times">
> <meta property="article:published_time" content="2016-03-03T08:00:00Z">
> <link rel="canonical" href="https://estuary.example/ferry"></head>
> <body><nav><a href="/">Home</a> <a href="/news">News</a></nav><article><h1>Ferry to close</h1>
> <p>The council of Aldermoor voted late on Monday to close the ferry that has crossed the Tamble estuary since 1887, ending a service that carried schoolchildren, farm workers and, in a good summer, several thousand visitors a week.</p>
> <p>Nine councillors were in favour and six against. The boat will make its last scheduled crossing on the final day of October, after which the slipway on the western bank is to be handed to the harbour trust for storage.</p>
> </article><footer>Contact us</footer></body></html>
> END
$ dupd check --store s page.html | head -2
| page.html: "Ferry to close"
| NO COPY (unique): nothing of note in common with anything earlier
$ dupd add --store j --quiet page.html
$ dupd show --store j https://estuary.example/ferry | grep -vE '^(arrived|story)' | head -9
| id         https://estuary.example/ferry
| collection default
| title      Ferry to close
| outlet     estuary.example
| published  3 March 2016, 08:00 UTC
| address    https://estuary.example/ferry
| language   en
| verdict    unique
| words      78
$ printf '<html><body><nav><a href="/">Home</a></nav></body></html>' > nothing.html
$ dupd add --store j nothing.html
| 0 articles added: 0 copies, 0 new versions of an id; 0 there already; 1 not readable
| j now holds 7 articles in 7 stories
! dupd: nothing.html: no article text found in the page
? 2

# Limits.
$ dupd check --store s --max-article=1KiB ferry.txt
! dupd: ferry.txt: larger than the limit of 1024 bytes for a text; raise --max-article if that is meant
? 2
$ (cat page.html; yes '<!-- padding -->' | head -100) > padded.html
$ dupd check --store s --max-message=1KiB padded.html
! dupd: padded.html: larger than the limit of 1024 bytes for a page; raise --max-message if that is meant
? 2
$ (printf '{"id":"x","body":"'; head -c 2000 /dev/zero | tr '\0' a; printf '"}\n'; cat good.json) > lines.jsonl
$ dupd check --store s --max-message=1KiB --json lines.jsonl | grep -o '"id":"good"'
| "id":"good"
! dupd: lines.jsonl:1: longer than the limit of 1024 bytes; raise --max-message if that is meant
$ dupd check --store s --max-article=1KiB lines.jsonl | head -1
| lines.jsonl:2
! dupd: lines.jsonl:1: field "body" has 2000 bytes, more than the limit of 1024; raise --max-article if that is meant

# A file with a problem in every line is not gone through to its end; its neighbours are read.
$ yes 'no json' | head -1000 | sed '1s/.*/{"id":1}/' > lines.jsonl && dupd add --store many lines.jsonl ferry.txt 2> said; wc -l < said; tail -2 said
| 1 article added: 0 copies, 0 new versions of an id; 0 there already; 1,000 not readable
| many now holds 1 article in 1 story
| 101
| dupd: lines.jsonl:100: not valid JSON at byte 1: not a JSON object
| dupd: lines.jsonl: 900 more like these
