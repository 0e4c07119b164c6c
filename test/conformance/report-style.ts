/** The report's look: calm, narrow enough to read, the same on paper. */
export const reportStyle = `
:root{color-scheme:light dark;--ground:#fbfaf7;--paper:#fff;--ink:#1d2327;--soft:#5b646b;--line:#dcd9d0;
--pass:#1f7a4d;--fail:#b3261e;--inconclusive:#8a5a00;--na:#5b646b}
@media (prefers-color-scheme:dark){:root{--ground:#15181a;--paper:#1d2124;--ink:#e8e6e1;--soft:#a3abb1;--line:#363c40;
--pass:#5cc48f;--fail:#ff8a80;--inconclusive:#e6b450;--na:#a3abb1}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 system-ui,sans-serif}
header,main,footer{max-width:60rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:3rem}
.over{margin:0;color:var(--soft);text-transform:uppercase;letter-spacing:.08em;font-size:.8rem}
h1{margin:.1em 0 .3em;font-size:2.1rem;line-height:1.2}
h1 small{display:block;font-size:1rem;font-weight:400;color:var(--soft)}
.lead{max-width:44rem;font-size:1.1rem}
.bar{display:flex;gap:3px;height:14px;margin:1.5rem 0 1rem}
.bar span{border-radius:3px;min-width:6px}
.bar .pass,i.pass{background:var(--pass)}.bar .fail,i.fail{background:var(--fail)}
.bar .inconclusive,i.inconclusive{background:var(--inconclusive)}.bar .na,i.na{background:var(--na)}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:1rem;margin:0 0 1.5rem}
.figures div{display:flex;flex-direction:column-reverse;justify-content:flex-end}
.figures dd{margin:0;font-size:2rem;font-weight:600;line-height:1.1}
.figures dt{color:var(--soft);font-size:.85rem;line-height:1.3}
.warning{border-left:4px solid var(--inconclusive);padding:.4rem .8rem;background:var(--paper)}
.how{color:var(--soft);max-width:44rem}
.filters{position:sticky;top:0;z-index:1;border:0;margin:1.5rem -1.25rem 0;padding:.7rem 1.25rem;background:var(--ground);border-bottom:1px solid var(--line);display:flex;flex-wrap:wrap;gap:.4rem}
.filters legend{float:left;margin-right:.5rem;color:var(--soft);padding:.15rem 0}
.filters input{position:absolute;opacity:0}
.filters label{padding:.15rem .8rem;border:1px solid var(--line);border-radius:99px;cursor:pointer}
.filters input:checked+label{background:var(--ink);color:var(--ground);border-color:var(--ink)}
.filters input:focus-visible+label{outline:2px solid var(--pass);outline-offset:2px}
body:has(#show-pass:checked) .row:not(.pass),body:has(#show-fail:checked) .row:not(.fail),
body:has(#show-inconclusive:checked) .row:not(.inconclusive),body:has(#show-na:checked) .row:not(.na){display:none}
h2{margin:2.5rem 0 .6rem;font-size:1.2rem}
section h2>span:first-child{display:inline-block;min-width:1.9rem;color:var(--soft)}
.dots{white-space:nowrap;margin-left:.4rem}
.dots i{display:inline-block;width:9px;height:9px;border-radius:50%;margin-right:3px}
.row{background:var(--paper);border:1px solid var(--line);border-radius:6px;margin:.35rem 0}
.row>summary{display:grid;grid-template-columns:8.2rem 9rem 1fr auto;gap:.4rem;align-items:baseline;padding:.55rem .9rem;cursor:pointer;list-style:none}
.row>summary::-webkit-details-marker{display:none}
summary:focus-visible{outline:2px solid var(--pass);outline-offset:2px;border-radius:6px}
.row[open]>summary{border-bottom:1px solid var(--line)}
.verdict{font-size:.78rem;letter-spacing:.04em;white-space:nowrap}
.pass>summary .verdict,.verdict.pass{color:var(--pass)}.fail>summary .verdict,.verdict.fail{color:var(--fail)}
.inconclusive>summary .verdict,.verdict.inconclusive{color:var(--inconclusive)}.na>summary .verdict,.verdict.na{color:var(--na)}
.id{font-variant-numeric:tabular-nums;color:var(--soft)}
.title{font-weight:550}.level{color:var(--soft);font-size:.85rem}
.body{padding:.4rem 1.2rem 1rem}
.requirement{font-size:1.05rem}
h3{margin:1.2rem 0 .2rem;font-size:.95rem}
.body p{margin:.3rem 0;max-width:46rem}
.reason,.reads{color:var(--soft);font-size:.92rem}
code{font:0.86em ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}
a{color:inherit;text-decoration-color:var(--soft);text-underline-offset:2px}
.tests{list-style:none;padding:0;margin:.5rem 0}
.tests li{padding:.2rem 0 .2rem 1.5rem;position:relative}
.tests li::before{position:absolute;left:.1rem}
.tests .passed::before{content:"✓";color:var(--pass)}.tests .failed::before{content:"✗";color:var(--fail)}
.tests .skipped::before{content:"–"}
.tests small{color:var(--soft)}
.mutant{border-left:3px solid var(--line);padding:.1rem 0 .1rem .9rem;margin:.35rem 0}
.mutant summary{cursor:pointer}.mutant.killed summary b{color:var(--pass)}.mutant.survived summary b{color:var(--fail)}
.diff{overflow-x:auto;padding:.7rem;background:var(--ground);border-radius:4px;font:.85rem/1.5 ui-monospace,Menlo,Consolas,monospace;white-space:pre-wrap}
.diff del{color:var(--fail);text-decoration:none;display:block}.diff del::before{content:"− "}
.diff ins{color:var(--pass);text-decoration:none;display:block}.diff ins::before{content:"+ "}
footer{border-top:1px solid var(--line);margin-top:3rem;padding-bottom:4rem;color:var(--soft)}
footer dl div{display:grid;grid-template-columns:8rem 1fr;gap:.5rem;margin:.2rem 0}
footer dd{margin:0}
@media (max-width:40rem){.row>summary{grid-template-columns:1fr auto}.title{grid-column:1/-1;order:3}.level{display:none}
footer dl div{grid-template-columns:1fr}}
@media print{.filters{display:none}.row{break-inside:avoid}}
`;
