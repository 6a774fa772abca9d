"""The chart: columns of bars in, one picture and a pair of hands out.

It draws what it is given and asks for nothing: indicator values arrive as columns, orders and fills as marks.
`view.ChartView` is the door. Bars go around pyqtgraph's scene graph (see `canvas`), which carries the view itself
and what a hand can take hold of.
"""
