"""How people write the ten digits: paths of the pen, drawn by hand.

`tinynet.datasets.synthetic_digits` picks a path from this table, varies it and draws it.

Each digit has a list of allographs, the ways in which people write it. An allograph is a pair of

- its frequency, relative to the digit's other allographs, and
- the points ``x,y`` that the pen passes through on a smooth curve. x runs to the right from 0 to
  about 7, y runs *down* from 0 to 10, as the rows of an image do. A point with an exclamation mark
  is a corner, where the pen turns without rounding. At a slash the pen is lifted.
"""

ALLOGRAPHS: dict[int, list[tuple[float, str]]] = {
    0: [
        # an oval, counter-clockwise from the top, closed
        (5, "3.5,0 1,1.6 0,5 1,8.6 3.5,10 6,8.6 7,5 6,1.6 3.7,0.1"),
        # the same, the pen running on past its start
        (4, "4.6,0.6 2.2,0.5 0.3,3 0.2,7 2.4,9.8 5,9.3 7,6 6.4,2.5 4.4,0.3 2.8,1"),
        # started at the upper right, left open
        (2, "5.4,0.9 2.8,0.2 0.4,3 0.2,7 2.4,9.9 5.2,9 7,5.5 6.4,2 4.8,0.6"),
        # with a curl inside
        (2, "3,3.2 3.8,0.8 1.2,1.8 0,6 2,9.8 5.4,9 7,5 6,1.4 3.8,0.2 2.6,1.6"),
        # the end crossing through the middle
        (1, "4,0 1,1.6 0,5.4 1.2,9 4,10 6.6,7.6 6.8,3 4.6,0.4 3,2 2.8,5"),
        # a bowl open at the top
        (0.7, "1,1.4 0,5 1.2,9 4,10 6.8,8 7.2,4 6,1"),
        # slashed
        (0.4, "4.6,0.6 2.2,0.5 0.3,3 0.2,7 2.4,9.8 5,9.3 7,6 6.4,2.5 4.4,0.3 / 5.6,1.6 1.6,8.6"),
    ],
    1: [
        # one stroke down
        (12, "3.8,0 3,5 2.2,10"),
        # the stroke bent like a bracket
        (2, "3.4,0 3.5,5 2.2,10"),
        (1, "2.6,0 2.5,6 3.6,10"),
        # with a flag
        (1.4, "1,3 3.6,0! 3.2,5 2.8,10"),
        # with a flag and a foot
        (1, "0.4,2.4 3.4,0! 3.3,5 3.1,10 / -0.6,10 3,9.9 6.8,9.8"),
        # with a flat flag, like a 7 on a foot
        (0.4, "0.4,1.4 4.2,0! 3.6,5 3,10 / -1,10 3,9.9 7,9.8"),
    ],
    2: [
        # round head, corner at the lower left, flat foot
        (3, "0.8,2.4 3,0 6,1 5.6,4 2.4,7.6 0,9.9! 3.6,9.7 7.4,9.8"),
        # a loop at the lower left, the foot waving to the right
        (4, "1.4,2 3.6,0 5.8,1.4 5,4.8 2.8,8.4 0.6,9.4 0.2,8 2.4,7.6 5,9 8.2,9"),
        # a tall head almost closed by a wide loop, as in a written a
        (3, "0.8,2.6 3,0 5.4,1.4 5.6,5 4.4,8.4 1.8,9.8 0,8.4 1.6,6.9 4.4,7.8 7.8,9.4"),
        # a big loop and a foot falling to the lower right
        (3, "0.8,2 3,0 5.6,1.2 5,4.6 3,7.6 0.8,8.8 0,7.4 2,6.2 4.6,7.8 7,10"),
        # a wide head over a low, small loop
        (3, "1.6,1.4 3.8,0 6.2,0.8 6.6,3.4 4.8,7.2 1.8,9.6 0,8.8 1.6,7.6 4.4,8.6 8,9.8"),
        # a high foot, or an L with a small hook on top
        (1, "1,1.6 2.6,0 4,1.4 3,5 0.6,9! 4.4,8.8 8.8,8"),
        # flat and wide
        (1.5, "0.6,2.6 3,1.6 6,2 5.4,4 2.6,6.4 0.6,7.6 0.4,6.8 3,6.6 6,7.6 9.6,7.4"),
        # like a Z with a round shoulder
        (2, "0.4,1 3,0.2 6,0.4 5,3.4 0.2,9.6! 3.8,9.2 8,9.2"),
        # an open curve, without loop or corner
        (1, "1,2.4 2.6,0.2 4.6,1.6 3.6,5 1.4,8.4 1.8,9.8 6,9.4"),
        # a head curled in
        (1, "2.6,3.4 1.4,2.2 3.4,0 5.8,1.6 4.6,5.4 0.4,9.8! 3.6,9 7,9.6"),
    ],
    3: [
        # two round bows with a point between
        (5, "0.6,1.6 3,0 5.6,1.2 4.8,3.4 2.2,4.7! 5.4,5.6 6.2,7.8 3.4,10 0,9"),
        # two bows with a small loop between
        (2, "0.8,1.4 3.4,0 5.4,1.4 4.2,3.8 2,4.8 2.2,4.4 5,5.2 6.2,7.4 3.4,9.9 0,8.9"),
        # flat roof
        (1.5, "0.4,0.6 3,0.5 5.8,0.2! 4.4,2.4 2.4,4.2! 5.4,5 6.2,7.4 3.4,9.9 0,9.2"),
        # short middle, like a bird's wing
        (2, "0.6,0.8 4,0 5.6,1.2 4.4,3.4 3.4,4.4 5,5.4 5.8,7.6 3.2,9.8 0,9.4"),
        # a long middle point and a flat lower bow
        (1.5, "1.4,1 4,0 6,1 4.4,3.4 1.2,5! 5,5 6.4,7 4,9.6 0,9.8"),
        # small upper bow, large lower bow
        (1.5, "1.4,1 3.2,0 4.8,1 3.6,2.8 2,3.6! 5.4,4.4 6.8,7 4,9.9 0,9"),
        # large upper bow, small lower bow
        (1, "0.2,1.6 3.4,0 6.2,1.6 5,4.6 2.6,6! 5,6.6 5.4,8.4 3.4,10 1,9.6"),
        # the foot straight
        (1.2, "0,1 2.6,0 4.8,1.4 3.4,4 1.8,4.8! 4,6 4.8,8 4.2,10"),
    ],
    4: [
        # open at the top, the right-hand stroke long
        (5, "1,0.4 0.4,3 0.2,5.4! 3.4,5.6 7,5.2 / 5.8,0 5.4,5 5,10"),
        # a rounded cup, and the stroke
        (4, "0.8,0.6 0.2,3.4 1,5.6 3.4,5.6 5.6,4.6 / 6,0.4 5.6,5 5,10"),
        # like a lightning bolt, the second stroke short above the bar
        (2, "3.4,0 1.4,3.4 0,6.2! 3.4,6 7,5.6 / 5.2,2 4.4,6 3.8,10"),
        # closed at the top
        (1.5, "4.8,0 2.4,3 0,6.4! 3.6,6.3 7,6.2 / 4.8,0 4.7,5 4.6,10"),
        # the bar drooping, and the stroke
        (1.5, "1.4,0 0.4,2.4 0.2,4.2! 3,4.8 5.6,4.2 / 6,0.6 5.6,3 5,6.6 4.6,10"),
        # a deep cup with its bar low down
        (1, "1,0.4 0.2,4 0.2,6.8! 3.4,6.8 7,6 / 5.4,0.6 5,5 4.8,10"),
        # in one line, the cup running up into the stroke
        (1.5, "1,0.6 0.2,3.6 1.6,5.4 4.4,3.4 5.8,0.4! 5,5 4.2,10"),
    ],
    5: [
        # down, bow, and the roof last
        (5, "1.6,0.2 1.2,2.2 0.9,4.4! 3.2,3.8 5.8,5.6 5,8.8 2.6,10 0,9 / 1.6,0.3 4.2,0.2 7.4,0"),
        # in one line from the upper right
        (3, "7,0 4.4,0.2 2,0.4! 1.2,4.2! 3.6,4.2 5.6,6 4.8,8.8 2.4,10 0,9.2"),
        # a long roof flying to the upper right
        (3, "9,0 6,1 3,1.4! 2.2,4.6! 4.4,4.6 5.6,6.6 4.4,9 2.2,10 0,9"),
        # like an S
        (2.5, "6.4,0.2 3.6,0.2 1.4,1.8 2.6,4.2 5,5.8 5,8.6 2.4,9.9 0,9"),
        # a long steep neck and a small bow
        (
            1.5,
            "2.6,0.2 1.8,2.6 1.2,5.2! 3.4,4.8 4.8,6.4 4.2,8.8 2.2,10 0,9.6 / "
            "2.6,0.4 5,0.2 7.8,-0.4",
        ),
        # a short neck and a wide bow
        (2, "1,0.2 0.8,1.8 0.7,3.2! 3.4,2.8 6.6,5 5.8,8.8 2.8,10 0,9.2 / 1,0.3 4,0.2 6.8,0"),
        # a slanting neck, the bow hooked up at its end
        (1.5, "3,0 1.8,2 0.8,4! 3.4,3.8 5.4,6 4.6,9 2,10 0.4,9 0.6,7.6 / 3,0 5.2,0 7.8,-0.6"),
        # a large round bow that closes on itself
        (1.5, "1.2,0.4 0.8,2.4 0.8,4.2! 4,3.6 6.4,6 5,9.4 2,9.8 0.4,8 / 1.2,0.5 3.6,0.4 6.4,0.2"),
    ],
    6: [
        # long back, round bowl
        (4, "4.8,0 2,2.6 0.2,6.2 0.8,9.2 3.4,10 5.8,8.6 5.4,6.2 3,5.4 0.8,7.2"),
        # upright back and a bowl to the right
        (3, "2.4,0 0.8,3 0.2,7 1.6,9.8 4.6,9.6 6,7.4 4.2,5.4 1.4,6.6"),
        # curved over at the top
        (2, "5.6,1.2 3.8,0 1.4,2.2 0.1,6 1,9.2 3.6,9.9 5.6,8 4.4,5.6 2,5.8 0.6,7.4"),
        # a wide bowl that ends in a loop across the back
        (3, "3.4,0 1.2,3.4 0.2,7.2 1.6,9.8 5,9.4 7,7 5.2,5.2 2.6,6.6 2,9.4"),
        # a straight slanting back and a small low bowl
        (2.5, "4.4,0 2,3.4 0.3,7 1.2,9.6 3.8,9.6 5.4,8 4.6,6.6 2.6,7 1,8.4"),
        # a high loop for a bowl, drawn steeply
        (2.5, "3,0 1,3.6 0.2,7 1.4,9.8 4.4,9.4 6.2,6.6 5.4,4.4 3.6,5.8 2.6,9"),
        # a bowl lying on its side
        (1.5, "3.4,0 1,3 0,6.6 1.4,9.2 4.6,10 7.6,8.4 6.6,6 3.6,6.2 1.4,8.4"),
    ],
    7: [
        # roof and a straight leg
        (4, "0,0.8 3,0.6 6.6,0.3! 4.8,4 3,10"),
        # roof with a serif
        (3, "0.1,2.4 0.4,0.6! 3,0.4 6,0! 4.4,4.6 3.2,10"),
        # a deep serif
        (1.5, "0.2,4 0.9,0.8! 3.4,0.6 6,0! 4.8,4.6 3.8,10"),
        # a hook for a serif, and a rounded shoulder
        (1.5, "0.6,3.6 0.6,1.4 2.4,0.2 4.8,0.4 5.4,2.4 4.4,6 3.6,10"),
        # rounded shoulder
        (3, "0,1.6 2.6,0.2 5.4,0.4 5.8,2.4 4.2,6 3.4,10"),
        # with a bar across the leg
        (2, "0,0.8 3,0.6 6.4,0.3! 4.6,4.6 3,10 / 1.2,5.4 4,5.2 7,4.9"),
        # with a serif and a bar
        (1, "0.2,2.2 0.6,0.5! 3,0.5 6,0.2! 4.6,4.6 3.4,10 / 1.6,5.4 4.2,5.2 7.2,4.7"),
        # rounded, with a bar
        (1, "0.2,1.6 2.6,0.3 5.4,0.4 5.6,2.2 4.2,5.6 3,10 / 1,6 3.8,5.6 7,5.2"),
        # a low head and a short leg
        (1, "0,2 2.4,0 5.6,0.4 7,1.8 5.4,4.6 3.4,8"),
    ],
    8: [
        # a figure eight from the upper right: S down, and back up
        (5, "5.6,1.2 3.4,0 1.2,1.6 2.2,4.2 4.8,6.4 4.8,9 2.4,10 0.6,8.4 2,6 4.6,3.6 5.8,1.4"),
        # closed at the top
        (4, "3.2,0 1,1.2 1.4,3.6 3.4,5 5,7.2 4.2,9.6 1.8,9.8 0.8,7.6 2.4,5.2 4.6,3 4.6,0.8 3,0"),
        # two rings
        (1, "3,0 1,1 1,3.6 3,4.7 5,3.6 5,1 3,0 / 3,4.7 0.6,6 0.6,8.8 3,10 5.4,8.8 5.4,6 3,4.7"),
        # open at the top, the ends apart
        (3, "6.6,1.6 4,0.2 1.6,1.2 2.2,4 4.4,6.2 4.2,9.2 2,10 0.6,8.4 2.4,5.8 5,3.6 7,0.4"),
        # the head open, its ends far apart on the right
        (2, "7,1.2 4.2,0.4 1.8,1 1.4,3 3.6,5 4.8,7.6 3,10 0.8,8.8 2,6.4 4.4,4.4 6.6,2.8"),
        # a wide upper and a wide lower ring
        (1, "3.4,0 0.4,1.2 0.8,3.6 4,4.8 6.8,7 5.4,9.6 1.8,9.8 0.4,7.4 2.8,5 6,3.2 6,1 3.2,0"),
        # a large head and a thin loop below
        (2, "4.8,0.6 1.6,0.4 0.6,2.6 3,5 4.2,7.8 3,10 1.8,8.6 3.2,5.4 5.6,2.8 5,0.8"),
    ],
    9: [
        # round head, straight leg down the right
        (5, "5.6,1.4 3.4,0 0.8,1.4 0.6,3.8 2.6,4.9 4.8,3.6 5.6,1.4! 5.3,5 4.8,10"),
        # head and leg in one curve
        (4, "5.2,1.6 3.2,0 1,1.4 0.6,3.8 2.4,4.8 4.6,3.2 5.3,1.2 5,4 4,7 2.6,10"),
        # leg hooked to the left
        (1.5, "5.4,1.4 3.2,0 0.8,1.4 0.8,3.8 3,4.7 5.2,3 5.4,1.4! 5.6,5 5,8.6 2.8,10 0.6,9"),
        # open head
        (1.5, "4,0 1.2,1 0.6,3.4 2.2,4.6 5,3.4 / 5.6,0.6 5.4,4 4.8,10"),
        # the leg hanging from the end of an open head
        (2, "6.2,0.8 3.4,0 0.8,1.8 0.8,4.2 3,4.6 5.2,2.8! 4.6,6 3.6,10"),
        # the head open at the top, drawn up into the leg
        (2, "4.2,0.3 1.6,0.8 0.6,3.2 2,4.7 4.6,3.2 6,0.2! 5.4,5 4.6,10"),
        # a small head on a long leg
        (2, "4.8,1.2 3.4,0 1.8,1 1.7,2.8 3,3.7 4.4,2.8 4.9,1.2! 4.2,5 3.2,10"),
        # a flat head
        (1.5, "6,0.8 3.4,0.4 0.8,1.8 0.6,3.4 2.8,3.9 5.2,2.4 6,0.8! 4.8,5 3.6,10"),
        # a large head and a short leg
        (2, "6.2,2 3.6,0 0.8,2 0.6,5 3,6.4 5.6,4.4 6.2,1.4! 6,5.6 6,10"),
    ],
}
