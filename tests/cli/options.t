# What was probably meant is named.
$ dupd chekc
! dupd: no such command: chekc; did you mean 'check'?
? 2
$ dupd zzzzzzzz
! dupd: no such command: zzzzzzzz; 'dupd --help' lists them
? 2
$ dupd check --stroe=x story.txt
! dupd: check: unknown option --stroe; did you mean --store?; see 'dupd check --help'
? 2
$ dupd check --max-artcle 5 story.txt
! dupd: check: unknown option --max-artcle; did you mean --max-article?; see 'dupd check --help'
? 2
$ dupd check --nonsense story.txt
! dupd: check: unknown option --nonsense; see 'dupd check --help'
? 2
$ dupd stats --batch=3
! dupd: stats: --batch does not belong to this command; see 'dupd stats --help'
? 2
$ dupd check -x
! dupd: check: unknown option -x; for a file of that name write ./-x; see 'dupd check --help'
? 2
$ dupd check
! dupd: check: needs FILE...|-; see 'dupd check --help'
? 2
$ dupd compare one
! dupd: compare: needs A B; see 'dupd compare --help'
? 2
$ dupd stats extra
! dupd: stats: 'extra' is one operand too many; see 'dupd stats --help'
? 2
$ dupd check --threads
! dupd: check: --threads needs a value: --threads=N; see 'dupd check --help'
? 2
$ dupd check --threads=many story.txt
! dupd: check: --threads: 'many' is not a whole number; see 'dupd check --help'
? 2
$ dupd check --threads=1000 story.txt
! dupd: check: --threads: '1000' is not between 0 and 256; see 'dupd check --help'
? 2
$ dupd check --max-article=5x story.txt
! dupd: check: --max-article: '5x' is not a size such as 8MiB; see 'dupd check --help'
? 2
$ dupd check --json=perhaps story.txt
! dupd: check: --json: 'perhaps' is not yes or no; see 'dupd check --help'
? 2
$ dupd check --color=red story.txt
! dupd: check: --color: 'red' is not one of auto|always|never; see 'dupd check --help'
? 2

# Flags win over the environment, the environment over the file, the file over the default.
$ printf 'window = 5d\nthreads = 2\n# a comment\nmax-article = 1MiB\n' > dupd.conf
$ dupd config --print | grep -E '^(window|threads|max_article|batch)'
| max_article = 8MiB                      # default
| threads = 0                             # default
| window = 30d                            # default
| batch = 256                             # default
$ dupd config --print --config dupd.conf | grep -E '^(window|threads|max_article|batch)'
| max_article = 1MiB                      # dupd.conf:4
| threads = 2                             # dupd.conf:2
| window = 5d                             # dupd.conf:1
| batch = 256                             # default
$ DUPD_CONFIG=dupd.conf DUPD_THREADS=3 dupd config --print | grep -E '^(config|window|threads)'
| config = dupd.conf                      # environment
| threads = 3                             # environment
| window = 5d                             # dupd.conf:1
$ DUPD_THREADS=3 dupd config --print --config=dupd.conf --threads=4 | grep -E '^(window|threads)'
| threads = 4                             # flag
| window = 5d                             # dupd.conf:1
$ DUPD_QUIET=yes dupd config --no-quiet --print | grep ^quiet
| quiet = no                              # flag
$ dupd config --print --store=redis://me:secret@host:6379/1 | grep ^store
| store = redis://me:***@host:6379/1      # flag

# config --check names file, line, key and the likely one meant.
$ dupd config --check dupd.conf
| dupd.conf: no mistakes
$ printf 'stroe = /x\nwindow = soon\nno equals\nbatch = 0\nconfig = other\n' > bad.conf
$ dupd config --check bad.conf
! dupd: bad.conf:1: unknown option 'stroe'; did you mean 'store'?
! dupd: bad.conf:2: window: 'soon' is not a time such as 90s, 15m or 30d
! dupd: bad.conf:3: no '='; write 'key = value'
! dupd: bad.conf:4: batch: '0' is not between 1 and 65536
! dupd: bad.conf:5: config: cannot be set in a file; give it as a flag
? 2
$ dupd config --check none.conf
! dupd: none.conf: No such file or directory; check the name
? 2
$ DUPD_TREADS=2 DUPD_BATCH=x dupd config --check dupd.conf
! dupd: environment: DUPD_TREADS: unknown option 'treads'; did you mean 'threads'?
! dupd: environment: DUPD_BATCH: batch: 'x' is not a whole number
? 2
$ dupd config --check --config bad.conf 2>&1 | head -1
| dupd: bad.conf:1: unknown option 'stroe'; did you mean 'store'?
$ dupd config
! dupd: config: give --print or --check; see 'dupd config --help'
? 2
$ dupd config dupd.conf
! dupd: config: FILE goes with --check
? 2

# No two keys of the queue have one name, wherever the names come from.
$ printf 'prefix = news\nverdicts_stream = news:articles\nlist = news:dead\n' > same.conf
$ dupd config --check same.conf
! dupd: same.conf:2: verdicts_stream: 'news:articles' is the name of 'stream' as well; give each its own
! dupd: same.conf:3: list: 'news:dead' is the name of 'dead_stream' as well; give each its own
? 2
$ dupd serve --config same.conf
! dupd: same.conf:2: verdicts_stream: 'news:articles' is the name of 'stream' as well; give each its own
! dupd: same.conf:3: list: 'news:dead' is the name of 'dead_stream' as well; give each its own
? 78
$ dupd serve --dead-stream dupd:articles
! dupd: --dead-stream: 'dupd:articles' is the name of 'stream' as well; give each its own
? 78
$ DUPD_PREFIX=x DUPD_STREAM=x:queue dupd serve --verdicts-stream x:alerts
! dupd: environment: DUPD_STREAM: stream: 'x:queue' is the name of 'list' as well; give each its own
! dupd: --verdicts-stream: 'x:alerts' is the name of 'alerts_stream' as well; give each its own
? 78
$ dupd push --stream dupd:verdicts articles.jsonl
! dupd: --stream: 'dupd:verdicts' is the name of 'verdicts_stream' as well; give each its own
? 2
$ dupd config --check --dead-stream dupd:articles
! dupd: --dead-stream: 'dupd:articles' is the name of 'stream' as well; give each its own
? 2

# A URL that is none is said with the option that has it.
$ dupd serve --redis http://x
! dupd: --redis: Redis URL: it begins with none of redis:// rediss:// redis+unix:// unix:// redis-sentinel:// redis+cluster://
? 78
$ DUPD_REDIS=localhost:6379 dupd stats
! dupd: environment: DUPD_REDIS: redis: Redis URL: it begins with none of redis:// rediss:// redis+unix:// unix:// redis-sentinel:// redis+cluster://
? 2
$ printf 'redis = redis://h:0\nstore = rediss://\n' > url.conf
$ dupd config --check url.conf
! dupd: url.conf:1: redis: Redis URL: the port is not a number from 1 to 65535
! dupd: url.conf:2: store: Redis URL: no host (in a password, / ? @ are %2F %3F %40)
? 2
$ dupd check --store redis://me:secret@h:p/0 story.txt
! dupd: --store: Redis URL: the port is not a number from 1 to 65535
? 2

# A mistake in the file stops every command.
$ dupd stats --config bad.conf --store none
! dupd: bad.conf:1: unknown option 'stroe'; did you mean 'store'?
! dupd: bad.conf:2: window: 'soon' is not a time such as 90s, 15m or 30d
! dupd: bad.conf:3: no '='; write 'key = value'
! dupd: bad.conf:4: batch: '0' is not between 1 and 65536
! dupd: bad.conf:5: config: cannot be set in a file; give it as a flag
? 2
$ dupd stats --config none.conf --store none
! dupd: none.conf: No such file or directory; check the name
? 2
$ DUPD_BATCH=0 dupd stats --store none
! dupd: environment: DUPD_BATCH: batch: '0' is not between 1 and 65536
? 2
$ printf 'window = 10d\n' > j.conf && dupd config --print --json --config j.conf --threads=2 | grep -E '"(window|threads|quiet)"'
| {"option":"quiet","value":"no","from":"default"}
| {"option":"threads","value":"2","from":"flag"}
| {"option":"window","value":"10d","from":"j.conf:1"}

# A mistake in a file of agencies or of phrases is named by its line.
$ printf '# ours\n[agency Harbour Wire]\nnmae = HW\n' > agencies.conf; dupd compare --agencies=agencies.conf ferry.txt ferry.txt
! dupd: agencies.conf:3: not in the format of a file of agencies
? 2
$ printf '# ours\n\nRead more here\nbad=\n=\n' > phrases.conf; dupd compare --furniture=phrases.conf ferry.txt ferry.txt
! dupd: phrases.conf:5: not in the format of a file of phrases: one a line, a beginning has two words at least
? 2
