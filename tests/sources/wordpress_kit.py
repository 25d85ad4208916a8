"""Exports of WordPress, item by item, as its own export writes them."""

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:wp="http://wordpress.org/export/1.2/">
<channel><title>The Far Shore</title><link>https://shore.example</link><language>en-US</language>
<wp:wxr_version>1.2</wp:wxr_version>
<wp:author><wp:author_login><![CDATA[maro]]></wp:author_login>
<wp:author_display_name><![CDATA[Maro Tesken]]></wp:author_display_name></wp:author>
"""
TAIL = "</channel></rss>\n"


def item(number=5, text="<p>It is 61 now.</p>", kind="post", status="publish", more="", title="Bread", excerpt=""):
    return f"""<item><title>{title}</title><link>https://shore.example/2026/bread-{number}/</link>
<pubDate>Mon, 23 Nov 2026 06:00:00 +0000</pubDate><dc:creator><![CDATA[maro]]></dc:creator>
<guid isPermaLink="false">https://shore.example/?p={number}</guid><description></description>
<content:encoded><![CDATA[{text}]]></content:encoded><excerpt:encoded><![CDATA[{excerpt}]]></excerpt:encoded>
<wp:post_id>{number}</wp:post_id><wp:post_date>2026-11-23 09:00:00</wp:post_date>
<wp:post_date_gmt>2026-11-23 06:00:00</wp:post_date_gmt>
<wp:post_modified_gmt>2026-11-23 07:00:00</wp:post_modified_gmt><wp:post_name>bread</wp:post_name>
<wp:status>{status}</wp:status><wp:post_parent>0</wp:post_parent><wp:post_type>{kind}</wp:post_type>
<wp:post_password></wp:post_password><wp:is_sticky>0</wp:is_sticky>{more}</item>
"""


def meta(key, value):
    return (
        f"<wp:postmeta><wp:meta_key>{key}</wp:meta_key><wp:meta_value><![CDATA[{value}]]></wp:meta_value></wp:postmeta>"
    )


def file_of(number, url, alt="", caption="", parent=0):
    made = item(number, "", "attachment", "inherit", f"<wp:attachment_url>{url}</wp:attachment_url>", excerpt=caption)
    return made.replace("</item>", meta("_wp_attachment_image_alt", alt) + "</item>").replace(
        "<wp:post_parent>0<", f"<wp:post_parent>{parent}<"
    )


SHELF = file_of(7, "https://shore.example/shelf.jpg", "A half-empty shelf", "Noon in Kaldra", 5)


def put(tmp_path, *items, name="wp.xml", head=HEAD):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(head + "".join(items) + TAIL, "utf-8")
