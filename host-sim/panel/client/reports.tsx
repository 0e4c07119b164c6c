import type { Climate, Report } from "../view.ts";
import { timeOfDay } from "./words.ts";

const width = 300;
const height = 56;

/** Points of a line through the values, oldest left, or "" when there is nothing to join. */
function linePoints(values: readonly number[]): string {
  if (values.length < 2) return "";
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const middle = (low + high) / 2;
  // Half a degree at least, so that noise does not look like weather.
  const span = Math.max(high - low, 0.5);
  return values
    .map((value, index) => {
      const x = (index / (values.length - 1)) * width;
      const y = height / 2 - ((value - middle) / span) * (height - 8);
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    })
    .join(" ");
}

function Latest({ climate }: { climate: Climate }) {
  return (
    <dl class="climate">
      <div>
        <dt>Temperature</dt>
        <dd>
          {climate.temperature.toFixed(1)}
          <small> °C</small>
        </dd>
      </div>
      <div>
        <dt>Humidity</dt>
        <dd>
          {climate.humidity.toFixed(0)}
          <small> %</small>
        </dd>
      </div>
    </dl>
  );
}

/** What the device has reported: the latest large, the temperature's course, the last few in a list. */
export function Reports({ reports }: { reports: readonly Report[] }) {
  const latest = reports[0];
  if (!latest) return <p class="hint">No report has arrived yet.</p>;
  const points = linePoints(
    reports
      .slice(0, 60)
      .flatMap(({ climate }) => climate?.temperature ?? [])
      .reverse(),
  );
  return (
    <div class="reports">
      {latest.climate ? (
        <Latest climate={latest.climate} />
      ) : (
        <p class="hint">The room's climate is not sent: nobody has agreed to it.</p>
      )}
      {points && (
        <svg class="course" viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
          <polyline points={points} vector-effect="non-scaling-stroke" />
        </svg>
      )}
      <table>
        <caption>Recent reports</caption>
        <thead class="unseen">
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Temperature</th>
            <th scope="col">Humidity</th>
            <th scope="col">Lamp</th>
          </tr>
        </thead>
        <tbody>
          {reports.slice(0, 4).map((report) => (
            <tr key={report.atMs}>
              <td>{timeOfDay(report.atMs)}</td>
              <td>{report.climate && `${report.climate.temperature.toFixed(1)} °C`}</td>
              <td>{report.climate && `${report.climate.humidity.toFixed(0)} %`}</td>
              <td>lamp {report.lamp ? "on" : "off"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
