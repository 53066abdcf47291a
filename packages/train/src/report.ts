export { confusionTable } from './report/confusion-table.ts';
export { type ConfusedPictures, htmlReport, type Report, type ReportImage } from './report/html-report.ts';
export { type LineChartOptions, lineChart, type Series } from './report/line-chart.ts';
