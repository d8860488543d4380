"""A small sound definition that the linter's tests put faults into."""

from __future__ import annotations

BASE = """\
sop: small
title: {zh: 小流程, en: Small}
clauses: GSP 1
owner: {department: quality, post: qa_manager}
scope: {site: inputs.advice.site, department: "'warehouse'"}
inputs:
  advice: {type: document, kind: dispatch_advice, required: true}
messages:
  hello:
    title: {zh: 你好, en: Hello}
    body: {zh: '{number}', en: '{number}'}
steps:
  - id: make
    action: probe.lines
    with: {n: '3'}
  - id: arrival
    human:
      post: receiver
      instruction: {zh: 看, en: Look}
      due: PT2H
      remind: [PT1H]
      escalate: {after: PT4H, to: {post: manager}}
      form:
        mode:
          type: choice
          label: {zh: 方式, en: Mode}
          required: true
          options: {ambient: {zh: 常温, en: Ambient}, refrigerated: {zh: 冷藏, en: Refrigerated}}
        temperature: {type: decimal, label: {zh: 温度, en: Temperature}, min: '-80', max: '60'}
      outcomes:
        ok: {label: {zh: 好, en: Fine}}
        refused: {label: {zh: 拒, en: Refuse}, go: refuse}
  - id: effect
    action: probe.effect
    with: {text: inputs.advice.number}
    undo: probe.undo_effect
  - id: cold
    decide: {table: temperature, with: {mode: arrival.mode, temperature: arrival.temperature}}
    routes: {within: next, excursion: refuse}
  - id: check
    human:
      post: acceptor
      instruction: {zh: 验, en: Check}
      separate_from: [arrival]
      send_back: [effect]
      due: P1D
      lines:
        of: make.lines
        form: {found: {type: integer, label: {zh: 数, en: Count}, required: true}}
        outcomes: {fine: {label: {zh: 好, en: Fine}}, bad: {label: {zh: 坏, en: Bad}}}
      signatures:
        - {meaning: {zh: 验收, en: accepted}}
        - {meaning: {zh: 复核, en: reviewed}, post: second, when: check_needed.value}
  - id: both
    parallel:
      wait_for: all
      branches:
        left: [{id: say, action: probe.echo, with: {text: arrival.mode}}]
        right: [{id: pause, wait: {for: PT1H}}]
  - id: each
    for_each:
      lines: check.lines
      steps: [{id: tell, action: probe.echo, with: {number: line.found}}]
  - id: again
    repeat:
      limit: 3
      until: look.outcome == 'done'
      steps: [{id: look, human: {post: receiver, instruction: {zh: 看, en: Look}, due: PT1H}}]
  - {id: note, notify: {to: {post: buyer}, template: hello, with: {number: inputs.advice.number}}}
  - end: completed
sections:
  refuse:
    - end: refused
cases:
  - {name: plain, answers: {arrival: {mode: ambient}}, expect: {outcome: completed}}
""".replace("check_needed.value", "make.lines.count > 2")


POSTS = {"qa_manager", "receiver", "manager", "acceptor", "second", "buyer"}


PEOPLE = {post: {f"{post} 1", f"{post} 2"} for post in POSTS}
