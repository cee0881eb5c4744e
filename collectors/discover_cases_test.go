package collectors

// discoverCase is a small web: what each address answers, and which feeds are
// to be found from the first, the best first. "FEED name n" stands for a feed
// in RSS with n items of its own, "ATOM name n" for the same items in Atom,
// "TO address" for a redirect, a number for that status; anything else is
// HTML.
type discoverCase struct {
	name  string
	ask   string
	pages map[string]string
	want  string // addresses, separated by spaces; a leading ! is an error that says the rest
}

const rssLink = `<link rel="alternate" type="application/rss+xml" `

var discoverCases = []discoverCase{
	{"announced in RSS", "/", map[string]string{"/": rssLink + `href="/news.xml">`, "/news.xml": "FEED News 5"}, "/news.xml"},
	{"announced in Atom", "/", map[string]string{"/": `<link rel=alternate type=application/atom+xml href=a>`, "/a": "ATOM News 5"}, "/a"},
	{"announced as JSON Feed", "/", map[string]string{"/": `<link rel="alternate" type="application/feed+json" href="/f.json">`, "/f.json": "JSON News 4"}, "/f.json"},
	{"JSON Feed under a plain type", "/", map[string]string{"/": `<link rel="alternate" type="application/json" href="/feed.json">`, "/feed.json": "JSON News 4"}, "/feed.json"},
	{"attributes in any order and case", "/", map[string]string{"/": `<LINK HREF='/x' TITLE=News TYPE='APPLICATION/RSS+XML' REL='ALTERNATE'>`, "/x": "FEED News 5"}, "/x"},
	{"relative to the page", "/news/", map[string]string{"/news/": rssLink + `href="feed.xml">`, "/news/feed.xml": "FEED News 5"}, "/news/feed.xml"},
	{"relative to the page above", "/news/today", map[string]string{"/news/today": rssLink + `href="../feed.xml">`, "/feed.xml": "FEED News 5"}, "/feed.xml"},
	{"relative to base", "/a/b", map[string]string{"/a/b": `<base href="/c/">` + rssLink + `href="feed.xml">`, "/c/feed.xml": "FEED News 5"}, "/c/feed.xml"},
	{"only the first base counts", "/", map[string]string{"/": `<base href="/c/"><base href="/d/">` + rssLink + `href="f">`, "/c/f": "FEED News 5"}, "/c/f"},
	{"base without href is none", "/", map[string]string{"/": `<base target=_top>` + rssLink + `href="f">`, "/f": "FEED News 5"}, "/f"},
	{"base that is relative itself", "/x/y", map[string]string{"/x/y": `<base href="../z/">` + rssLink + `href="f">`, "/z/f": "FEED News 5"}, "/z/f"},
	{"white space around the address", "/", map[string]string{"/": rssLink + "href=\" \n/f \">", "/f": "FEED News 5"}, "/f"},
	{"entities in the address", "/", map[string]string{"/": rssLink + `href="/f?a=1&amp;b=2">`, "/f?a=1&b=2": "FEED News 5"}, "/f?a=1&b=2"},
	{"scheme of feeds", "/", map[string]string{"/": rssLink + `href="feed:HOST/f">`, "/f": "FEED News 5"}, "/f"},
	{"address without a scheme", "/", map[string]string{"/": rssLink + `href="//HOSTPORT/f">`, "/f": "FEED News 5"}, "/f"},
	{"several relations", "/", map[string]string{"/": `<link rel="home alternate" type="application/rss+xml" href="/f">`, "/f": "FEED News 5"}, "/f"},
	{"relation feed", "/", map[string]string{"/": `<link rel="feed" href="/f">`, "/f": "FEED News 5"}, "/f"},
	{"type with a charset", "/", map[string]string{"/": `<link rel="alternate" type="application/rss+xml; charset=utf-8" href="/f">`, "/f": "FEED News 5"}, "/f"},
	{"type that sites invent", "/", map[string]string{"/": `<link rel="alternate" type="text/rss" href="/f">`, "/f": "FEED News 5"}, "/f"},
	{"XML by its address", "/", map[string]string{"/": `<link rel="alternate" type="text/xml" href="/rss.xml">`, "/rss.xml": "FEED News 5"}, "/rss.xml"},
	{"header Link", "/", map[string]string{"/": `HEADER <f>; rel="alternate"; type="application/atom+xml"`, "/f": "ATOM News 5"}, "/f"},
	{"a style sheet is no feed", "/", map[string]string{"/": `<link rel="alternate stylesheet" type="text/xml" href="/rss.xml">` + rssLink + `href="/f">`, "/rss.xml": "FEED Style 2", "/f": "FEED News 5"}, "/f"},
	{"oEmbed and the API of WordPress are none", "/", map[string]string{
		"/":  `<link rel="alternate" type="application/json+oembed" href="/oembed"><link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/1">` + rssLink + `href="/f">`,
		"/f": "FEED News 5", "/oembed": "FEED Wrong 1"}, "/f"},
	{"in the body", "/", map[string]string{"/": `<body><p>Hello` + rssLink + `href="/f">`, "/f": "FEED News 5"}, "/f"},
	{"in noscript", "/", map[string]string{"/": `<noscript>` + rssLink + `href="/f"></noscript>`, "/f": "FEED News 5"}, "/f"},
	{"not in a comment", "/", map[string]string{"/": `<!-- ` + rssLink + `href="/old"> -->` + rssLink + `href="/f">`, "/f": "FEED News 5", "/old": "FEED Old 5"}, "/f"},
	{"not in a script", "/", map[string]string{"/": `<script>var a='` + rssLink + `href="/old">'</script>` + rssLink + `href="/f">`, "/f": "FEED News 5", "/old": "FEED Old 5"}, "/f"},
	{"broken markup", "/", map[string]string{"/": `<html><head><title>News<</title><link rel=alternate type=application/rss+xml href=/f <meta><p <<a`, "/f": "FEED News 5"}, "/f"},
	{"an end in the middle", "/", map[string]string{"/": rssLink + `href="/f"><div class="`, "/f": "FEED News 5"}, "/f"},
	{"Latin-1 page", "/", map[string]string{"/": "<meta charset=iso-8859-1>" + rssLink + "title='caf\xe9' href='/f'>", "/f": "FEED News 5"}, "/f"},
	{"UTF-16 page", "/", map[string]string{"/": "UTF16 " + rssLink + `href="/f">`, "/f": "FEED News 5"}, "/f"},
	{"two forms of one feed", "/", map[string]string{"/": rssLink + `href="/r"><link rel=alternate type=application/atom+xml href=/a>`, "/r": "FEED News 5", "/a": "ATOM News 8"}, "/r"},
	{"the same feed at two addresses", "/", map[string]string{"/": rssLink + `href="/r">` + rssLink + `href="/s">`, "/r": "FEED News 5", "/s": "TO /r"}, "/r"},
	{"comments come last", "/", map[string]string{"/": rssLink + `href="/comments/feed/" title="Site » Comments Feed">` + rssLink + `href="/feed/">`, "/feed/": "FEED News 5", "/comments/feed/": "FEED Comments 30"}, "/feed/ /comments/feed/"},
	{"comments by their title", "/", map[string]string{"/": rssLink + `href="/one">` + rssLink + `href="/two">`, "/one": "FEED Comments_on:_A_post 9", "/two": "FEED News 5"}, "/two /one"},
	{"the whole site before a category", "/", map[string]string{"/": rssLink + `href="/category/bins/feed/">` + rssLink + `href="/feed/">`, "/category/bins/feed/": "FEED Bins 30", "/feed/": "FEED News 5"}, "/feed/ /category/bins/feed/"},
	{"what sleeps comes later", "/", map[string]string{"/": rssLink + `href="/old">` + rssLink + `href="/new">`, "/old": "OLD Archive 5", "/new": "FEED News 5"}, "/new /old"},
	{"an empty feed comes later", "/", map[string]string{"/": rssLink + `href="/none">` + rssLink + `href="/new">`, "/none": "FEED Nothing 0", "/new": "FEED News 5"}, "/new /none"},
	{"announced but gone", "/", map[string]string{"/": rssLink + `href="/old">`, "/old": "404", "/feed": "FEED News 5"}, "/feed"},
	{"announced but a page", "/", map[string]string{"/": rssLink + `href="/page"><a href="/rss.xml">RSS</a>`, "/page": "<p>Hello", "/rss.xml": "FEED News 5"}, "/rss.xml"},
	{"a link in the body", "/", map[string]string{"/": `<a href="/news.rss">Follow us</a>`, "/news.rss": "FEED News 5"}, "/news.rss"},
	{"a link by its words", "/", map[string]string{"/": `<a href="/x/17">RSS feed</a>`, "/x/17": "FEED News 5"}, "/x/17"},
	{"a link by its picture", "/", map[string]string{"/": `<a href="/x/17"><img src="i.png" alt="RSS"></a>`, "/x/17": "FEED News 5"}, "/x/17"},
	{"a link by its label", "/", map[string]string{"/": `<a href="/x/17" aria-label="Subscribe via RSS"><svg></svg></a>`, "/x/17": "FEED News 5"}, "/x/17"},
	{"a page that lists feeds", "/", map[string]string{"/": `<a href="/help/rss-feeds">RSS feeds</a>`, "/help/rss-feeds": `<a href="/rss/news">News</a><a href="/rss/jobs">Jobs</a>`, "/rss/news": "FEED News 5", "/rss/jobs": "FEED Jobs 7"}, "/rss/news /rss/jobs"},
	{"words that only sound like it", "/", map[string]string{"/": `<a href="/feedback">Give us feedback</a><a href="/across">Cross feeding</a>`, "/feed": "FEED News 5"}, "/feed"},
	{"script and mail links are none", "/", map[string]string{"/": `<a href="javascript:rss()">RSS</a><a href="mailto:rss@x.example">RSS</a><a href="/f.rss">x</a>`, "/f.rss": "FEED News 5"}, "/f.rss"},
	{"the feed itself", "/rss", map[string]string{"/rss": "FEED News 5"}, "/rss"},
	{"the feed itself as a page by its type", "/rss", map[string]string{"/rss": "HTMLTYPE News 5"}, "/rss"},
	{"redirected to the feed for good", "/old", map[string]string{"/old": "TO /rss", "/rss": "FEED News 5"}, "/rss"},
	{"redirected page", "/", map[string]string{"/": "TO /en/", "/en/": rssLink + `href="f">`, "/en/f": "FEED News 5"}, "/en/f"},
	{"meta refresh", "/", map[string]string{"/": `<meta http-equiv="refresh" content="0; URL='/home'">`, "/home": rssLink + `href="f">`, "/f": "FEED News 5"}, "/f"},
	{"meta refresh in a circle", "/", map[string]string{"/": `<meta http-equiv=refresh content="1;url=/b">`, "/b": `<meta http-equiv=refresh content="1;url=/">`}, "!no feed was found"},
	{"usual place of WordPress", "/", map[string]string{"/": `<meta name="generator" content="WordPress 6.9">`, "/feed/": "FEED News 5", "/rss.xml": "FEED Else 5"}, "/feed/"},
	{"usual place of Jadu", "/", map[string]string{"/": `<meta name=generator content="Jadu CMS">`, "/rss/news": "FEED News 5"}, "/rss/news"},
	{"usual place of ModernGov", "/mgListCommittees.aspx?bcr=1", map[string]string{"/mgListCommittees.aspx?bcr=1": `<p>Committees`, "/mgRss.aspx?XXR=0": "FEED Meetings 5"}, "/mgRss.aspx?XXR=0"},
	{"usual place of Drupal", "/", map[string]string{"/": `<meta name="Generator" content="Drupal 10 (https://www.drupal.org)">`, "/rss.xml": "FEED News 5"}, "/rss.xml"},
	{"usual place below the page", "/newsroom", map[string]string{"/newsroom": `<p>News`, "/newsroom/rss": "FEED News 5", "/rss": "FEED All 5"}, "/newsroom/rss"},
	{"the page is missing, the feed is there", "/", map[string]string{"/": "404", "/rss/news": "FEED News 5"}, "/rss/news"},
	{"the page refuses programs", "/", map[string]string{"/": "403", "/feed": "FEED News 5"}, "/feed"},
	{"a hashtag of Mastodon", "/tags/localgov", map[string]string{"/tags/localgov.rss": "FEED #localgov 5"}, "/tags/localgov.rss"},
	{"a profile of Mastodon", "/@oakshire", map[string]string{"/@oakshire.rss": "FEED Oakshire 5"}, "/@oakshire.rss"},
	{"a login page", "/", map[string]string{"/": `<form><input type="password" name=p></form>`}, "!sign in"},
	{"nothing at all", "/", map[string]string{"/": "<p>Hello"}, "!look on the site for a link"},
	{"robots.txt forbids the page", "/", map[string]string{"/robots.txt": "ROBOTS User-agent: *\nDisallow: /", "/": rssLink + `href="/f">`, "/f": "FEED News 5"}, "!asks programs not to read"},
	{"robots.txt forbids the feed", "/", map[string]string{"/robots.txt": "ROBOTS User-agent: *\nDisallow: /f\n", "/": rssLink + `href="/f"><a href="/g.rss">RSS</a>`, "/f": "FEED News 5", "/g.rss": "FEED Else 5"}, "/g.rss"},
}
