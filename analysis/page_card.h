/* page_card.h - the card as a picture: its parts from wire to host, each coloured by its utilisation. */
#ifndef ANALYSIS_PAGE_CARD_H
#define ANALYSIS_PAGE_CARD_H

#include <glib.h>
#include <jansson.h>

/* parts: of report.json. Appends SVG. */
void page_card(GString *page, const json_t *parts);

#endif
