#include "analysis/page_plots.h"

#include "analysis/page_html.h"

#include <glib/gstdio.h>

void page_plots_begin(struct page_plots *plots, const char *folder, struct diagnostics *diagnostics)
{
    *plots = (struct page_plots){
        .of = folder, .folder = g_build_filename(folder, "plots", NULL), .diagnostics = diagnostics};
    plots->works = g_file_test(folder, G_FILE_TEST_IS_DIR) && g_mkdir_with_parents(plots->folder, 0777) == 0;
}

void page_plots_add(struct page_plots *plots, GString *html, const struct plot *plot, const char *name,
                    const char *caption)
{
    struct diagnostics said;
    bool is_svg_only = false;

    if (!plots->works || !plot_has_points(plot))
        return;
    diagnostics_init(&said);
    char *svg = plot_keep(plot, plots->folder, name, &is_svg_only, &said);

    if (!svg) {
        plots->works = false;
        diagnostic_warning(plots->diagnostics, plots->of, 0, "report.html lacks plots: %s",
                           said.count ? said.list[0].text : "gnuplot wrote none");
    } else if (is_svg_only && !plots->is_svg_only) {
        plots->is_svg_only = true;
        diagnostic_warning(
            plots->diagnostics, plots->folder, 0,
            "no PDF and PNG beside the SVG: this gnuplot has no cairo terminals (Debian's gnuplot-nox has)");
    }
    html_picture(html, svg, caption);
    g_free(svg);
    diagnostics_clear(&said);
}

void page_plots_end(struct page_plots *plots)
{
    g_free(plots->folder);
}
