export { confusionTable } from './report/confusion-table.ts';
export { type HeatMapOptions, heatMap } from './report/heat-map.ts';
export { type ConfusedPictures, htmlPage, htmlReport, type Report, type ReportImage, section } from './report/html-report.ts';
export { type LineChartOptions, lineChart, type Series } from './report/line-chart.ts';
export { escapeMarkup, percentOf } from './report/markup.ts';
