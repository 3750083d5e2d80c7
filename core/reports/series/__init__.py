"""The data of charts as plain values: bars, memory over time, rooflines. Nothing here imports Qt."""
