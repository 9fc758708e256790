/** Makes the Grafana dashboard of the panels, by Grafana's own builders, whose types check it. */
import * as dashboards from '@grafana/grafana-foundation-sdk/dashboard';
import * as heatmap from '@grafana/grafana-foundation-sdk/heatmap';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import { ejections, rows } from './panels.mjs';

const source = { type: 'prometheus', uid: '${source}' };
const width = 24;
const perRow = 3;

/** @param {string} expr @param {string} legend @param {number} index @param {boolean} isHeat */
function query(expr, legend, index, isHeat) {
  const made = new prometheus.DataqueryBuilder()
    .datasource(source)
    .expr(expr)
    .legendFormat(legend)
    .refId(String.fromCharCode(65 + index))
    .range();
  return isHeat ? made.format(prometheus.PromQueryFormat.Heatmap) : made;
}

/** @param {import('./panels.mjs').Panel} panel */
function panelOf({ title, about, unit, kind, queries, max }) {
  const isHeat = kind === 'heat';
  const builder = isHeat
    ? new heatmap.PanelBuilder().unit(unit)
    : new timeseries.PanelBuilder().unit(unit).min(0).lineWidth(1).fillOpacity(8);
  builder
    .title(title)
    .description(about)
    .datasource(source)
    .height(8)
    .span(width / perRow);
  if (max !== undefined) builder.max(max);
  for (const [index, [expr, legend]] of queries.entries()) builder.withTarget(query(expr, legend, index, isHeat));
  return builder;
}

/** The dashboard as JSON text. */
export function dashboardJson() {
  // The newer form cannot be imported before Grafana 12.
  // oxlint-disable-next-line typescript/no-deprecated
  const builder = new dashboards.DashboardBuilder('memfleet proxy')
    .uid('memfleet-proxy')
    .description('Proxies of memfleet, by their /metrics.')
    .tags(['memfleet', 'memcached'])
    .refresh('10s')
    .time({ from: 'now-1h', to: 'now' })
    .timezone('browser')
    .tooltip(dashboards.DashboardCursorSync.Crosshair)
    .withVariable(new dashboards.DatasourceVariableBuilder('source').label('Data source').type('prometheus'))
    .withVariable(
      new dashboards.QueryVariableBuilder('instance')
        .label('Proxy')
        .datasource(source)
        .query('label_values(memfleet_uptime_seconds, instance)')
        .refresh(dashboards.VariableRefresh.OnTimeRangeChanged)
        .multi(true)
        .includeAll(true)
        .allValue('.*'),
    )
    .annotation(
      new dashboards.AnnotationQueryBuilder()
        .name('Ejections')
        .datasource(source)
        .enable(true)
        .iconColor('red')
        .expr(ejections),
    );
  for (const [title, panels] of rows) {
    builder.withRow(new dashboards.RowBuilder(title));
    for (const panel of panels) builder.withPanel(panelOf(panel));
  }
  return `${JSON.stringify(builder.build(), undefined, 2)}\n`;
}
