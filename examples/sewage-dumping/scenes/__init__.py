"""Street scenes with ground truth: what generate.py, train.py and evaluate.py draw from.

The modules in the order of the way of a picture:

camera      where a point of the street lies in the picture
families    what a scene may look like: the two disjoint families `seen` and `unseen`
textures    ground and walls as functions of metres
background  the street without anybody in it
poses       a body's joints: walking, standing, lifting, sweeping
draw        anti-aliased shapes on a window of the picture
figures     people, buckets, brooms, balls and cars drawn from joints
acts        who does what, where and when
script      schedules: which acts a clip has
region      the watched region
weather     rain, the shade of leaves, a shaken camera
street      a whole scene: frames, truth, and clips written by ffmpeg
"""
